"""Tables that are no delimited text and no workbook: Parquet, JSON, XML, web pages."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from html import escape
from pathlib import Path

import polars as pl
import pytest

from pipelines.errors import FileProblem
from pipelines.ingest.read import Found, tables
from tests.loading import zipped

KNOWN = [frozenset({"site", "date", "vendor", "amount", "note"})]
HEADINGS = ("Site", "Date", "Vendor", "Amount")
ROWS = [
    ("00012", "2026-03-01", "Miller, Ltd", "1234.50"),
    ("00012", "2026-03-02", 'Pipe 5" <b>', "-3"),
    ("00013", "2026-03-02", "Café & Zoë", ""),
    ("00013", "2026-03-03", "O'Hara", "0.10"),
    ("00014", "2026-03-03", "Smith; Sons", "99"),
]


def read(folder: Path, data: bytes | str, name: str = "export.xls") -> list[Found]:
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return list(tables(path, KNOWN))


def cells(table: Found) -> list[tuple[str | None, ...]]:
    return [row[1:] for row in table.frame.iter_rows()]


def numbers(table: Found) -> list[int]:
    return table.frame["record"].to_list()


def parquet(frame: pl.DataFrame) -> bytes:
    out = io.BytesIO()
    frame.write_parquet(out)
    return out.getvalue()


def records() -> list[dict[str, str]]:
    return [dict(zip(HEADINGS, row, strict=True)) for row in ROWS]


def as_json() -> bytes:
    return json.dumps(records()).encode()


def as_lines() -> bytes:
    return "\n".join(json.dumps(r, ensure_ascii=False) for r in records()).encode()


def as_xml() -> bytes:
    fields = "".join(
        "<Row>" + "".join(f"<{h}>{escape(c)}</{h}>" for h, c in r.items()) + "</Row>"
        for r in records()
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<Rows>{fields}</Rows>'.encode()


def as_html() -> bytes:
    rows = "".join(
        "<tr>" + "".join(f"<td class=x><b>{escape(c)}</b></td>" for c in r) + "</tr>" for r in ROWS
    )
    head = "".join(f"<th>{h}</th>" for h in HEADINGS)
    return (
        "<html><head><style>td {}</style></head><body><p>Spend</p><table>"
        f"<tr>{head}</tr>{rows}</table></body></html>"
    ).encode()


SPREADSHEETML = (
    '<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?>\n'
    '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
    'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">{}</Workbook>'
)


def as_spreadsheetml() -> bytes:
    rows = "".join(
        "<Row>"
        + "".join(f'<Cell><Data ss:Type="String">{escape(c)}</Data></Cell>' for c in row)
        + "</Row>"
        for row in (HEADINGS, *ROWS)
    )
    sheet = f'<Worksheet ss:Name="Spend"><Table>{rows}</Table></Worksheet>'
    return SPREADSHEETML.format(sheet).encode()


def as_parquet() -> bytes:
    return parquet(pl.DataFrame(records()))


def in_a_zip(data: bytes) -> bytes:
    return zipped({"inner": data})


@pytest.mark.parametrize("pack", [bytes, in_a_zip, gzip.compress])
@pytest.mark.parametrize(
    ("made", "format", "encoding"),
    [
        (as_json, "json", "ascii"),
        (as_lines, "json", "utf-8"),
        (as_xml, "xml", "utf-8"),
        (as_html, "html", "utf-8"),
        (as_spreadsheetml, "spreadsheetml", "utf-8"),
        (as_parquet, "parquet", None),
    ],
)
def test_the_same_five_rows_in_every_format(
    tmp_path: Path,
    made: Callable[[], bytes],
    format: str,
    encoding: str | None,
    pack: Callable[[bytes], bytes],
) -> None:
    [table] = read(tmp_path, pack(made()))
    assert (table.headings, cells(table)) == (HEADINGS, ROWS)
    assert (table.format, table.encoding, table.delimiter) == (format, encoding, None)
    first = table.header_record + 1
    assert numbers(table) == list(range(first, first + 5))
    assert table.frame.schema["record"] == pl.UInt32


# Parquet


def test_cells_of_parquet_are_plain_text(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "id": [1, None],
            "rate": [1.0, 0.1],
            "money": [Decimal("12.50"), None],
            "day": [date(2026, 3, 2), None],
            "seen": [datetime(2026, 3, 2), datetime(2026, 3, 2, 7, 30)],
            "ok": [True, False],
            "span": [timedelta(hours=36, minutes=15), None],
            "tags": [["a", "b"], None],
            "site": [{"code": "00012", "bed": {"n": 4}}, {"code": None, "bed": None}],
        }
    )
    [table] = read(tmp_path, parquet(frame))
    assert table.headings == (
        "id", "rate", "money", "day", "seen", "ok", "span", "tags", "site.code", "site.bed.n",
    )  # fmt: skip
    assert cells(table) == [
        ("1", "1", "12.50", "2026-03-02", "2026-03-02", "true", "36:15:00", "a; b", "00012", "4"),
        ("", "0.1", "", "", "2026-03-02 07:30:00", "false", "", "", "", ""),
    ]


# JSON


def test_numbers_of_json_keep_their_text(tmp_path: Path) -> None:
    text = '[{"a": 1.10, "b": 12345678901234567890, "c": -1e3}, {"b": null, "d": true, "a": "07"}]'
    [table] = read(tmp_path, text)
    assert table.headings == ("a", "b", "c", "d")
    assert cells(table) == [("1.10", "12345678901234567890", "-1e3", ""), ("07", "", "", "true")]


def test_objects_within_records_are_columns(tmp_path: Path) -> None:
    text = '[{"id": 1, "site": {"code": "N", "geo": {"x": 1}}, "tags": ["a", 2], "l": [{"q": 1}]}]'
    [table] = read(tmp_path, text)
    assert table.headings == ("id", "site.code", "site.geo.x", "tags", "l")
    assert cells(table) == [("1", "N", "1", "a; 2", '[{"q": "1"}]')]


def test_the_list_may_stand_in_an_object(tmp_path: Path) -> None:
    text = '{"asOf": "2026-03-01", "data": {"total": 2, "rows": [{"site": "N"}, {"site": "S"}]}}'
    [table] = read(tmp_path, text)
    assert (table.part, table.headings, cells(table)) == (None, ("site",), [("N",), ("S",)])
    assert (table.header_record, table.preamble) == (
        0, (("asOf", "2026-03-01"), ("data.total", "2")),
    )  # fmt: skip


def test_half_characters_do_not_stop_a_document(tmp_path: Path) -> None:
    [table] = read(tmp_path, r'[{"a\ud800": "x\udc00", "b": [{"c": "\ud801"}]}]')
    assert (table.headings, cells(table)) == (("a?", "b"), [("x?", '[{"c": "?"}]')])


def test_several_lists_are_several_tables(tmp_path: Path) -> None:
    found = read(tmp_path, '{"sites": [{"site": "N"}], "spend": [{"amount": 1}]}', "a.json")
    assert [t.label for t in found] == ["a.json#sites", "a.json#spend"]


# XML


PBJ = """<?xml version="1.0" encoding="ASCII"?>
<nursingHomeData xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
 <header fileSpecVersion="4.00.0"><facilityId>00X12</facilityId><stateCode>RI</stateCode>
  <reportQuarter>1</reportQuarter><federalFiscalYear>2026</federalFiscalYear></header>
 <employees>
  <employee><employeeId>E1</employeeId><hireDate>2020-01-01</hireDate></employee>
  <employee><employeeId>E2</employeeId><hireDate>2021-01-01</hireDate>
   <terminationDate>2025-12-31</terminationDate></employee>
 </employees>
 <staffingHours processType="merge">
  <staffHours><employeeId>E1</employeeId><workDays>
   <workDay><date>2025-10-01</date><hourEntries>
    <hourEntry><hours>7.5</hours><jobTitleCode>7</jobTitleCode><payTypeCode>1</payTypeCode>
    </hourEntry>
    <hourEntry><hours>0.50</hours><jobTitleCode>8</jobTitleCode><payTypeCode>1</payTypeCode>
    </hourEntry></hourEntries></workDay>
   <workDay><date>2025-10-02</date><hourEntries>
    <hourEntry><hours>8</hours><jobTitleCode>7</jobTitleCode><payTypeCode>1</payTypeCode>
    </hourEntry></hourEntries></workDay></workDays></staffHours>
  <staffHours><employeeId>E2</employeeId><workDays>
   <workDay><date>2025-10-01</date><hourEntries>
    <hourEntry><hours>4</hours><jobTitleCode>10</jobTitleCode><payTypeCode>3</payTypeCode>
    </hourEntry></hourEntries></workDay></workDays></staffHours>
 </staffingHours>
</nursingHomeData>"""

HOURS = [
    ("2025-10-01", "7.5", "7", "1", "E1"),
    ("2025-10-01", "0.50", "8", "1", "E1"),
    ("2025-10-02", "8", "7", "1", "E1"),
    ("2025-10-01", "4", "10", "3", "E2"),
]


def column(table: Found, *headings: str) -> list[tuple[str, ...]]:
    return table.frame.select(f"c{table.headings.index(h)}" for h in headings).rows()


def test_a_payroll_based_journal_is_a_table_of_hour_entries(tmp_path: Path) -> None:
    employees, hours = read(tmp_path, PBJ, "pbj.xml")
    assert [employees.label, hours.label] == ["pbj.xml#employee", "pbj.xml#hourEntry"]
    assert set(hours.headings) == {
        "fileSpecVersion", "facilityId", "stateCode", "reportQuarter", "federalFiscalYear",
        "processType", "employeeId", "date", "hours", "jobTitleCode", "payTypeCode",
    }  # fmt: skip
    assert column(hours, "date", "hours", "jobTitleCode", "payTypeCode", "employeeId") == HOURS
    quarter = ("facilityId", "reportQuarter", "federalFiscalYear")
    assert column(hours, *quarter) == [("00X12", "1", "2026")] * 4
    assert column(employees, "employeeId", "terminationDate", "facilityId") == [
        ("E1", "", "00X12"), ("E2", "2025-12-31", "00X12"),
    ]  # fmt: skip


def test_one_entry_alone_gives_the_same_columns(tmp_path: Path) -> None:
    entry = PBJ.index("<hourEntry>"), PBJ.index("</hourEntry>") + len("</hourEntry>")
    end = PBJ.index("</staffHours>")
    lone = (
        PBJ[: entry[1]] + "</hourEntries></workDay></workDays></staffHours></staffingHours>"
        "</nursingHomeData>"
    )
    assert end > entry[1]
    _, hours = read(tmp_path, lone)
    assert hours.part == "hourEntry"
    assert column(hours, "date", "hours", "employeeId", "facilityId") == [
        ("2025-10-01", "7.5", "E1", "00X12")
    ]


def test_attributes_and_like_names_and_values_that_follow(tmp_path: Path) -> None:
    text = (
        '<orders><order id="7"><line id="1"><qty>2</qty></line><line id="2" unit="EA"/>'
        '<vendor>Acme &amp; Co</vendor></order><order id="8"/></orders>'
    )
    [lines] = read(tmp_path, text)
    assert lines.part == "line"
    assert column(lines, "id", "qty", "unit", "order.id", "vendor") == [
        ("1", "2", "", "7", "Acme & Co"),
        ("2", "", "EA", "7", "Acme & Co"),
        ("", "", "", "8", ""),  # an order without lines is a record, too
    ]


def test_values_that_repeat_in_a_record_fill_further_columns(tmp_path: Path) -> None:
    text = "<r><row><c>a</c><c>b</c></row><row><c>c</c><c/></row></r>"
    [table] = read(tmp_path, text)
    assert (table.headings, cells(table)) == (("c", "c 2"), [("a", "b"), ("c", "")])


def test_an_xml_in_cp1252_says_so(tmp_path: Path) -> None:
    text = '<?xml version="1.0" encoding="windows-1252"?><r><a><b>Zoë</b></a><a><b>€</b></a></r>'
    [table] = read(tmp_path, text.encode("cp1252"))
    assert (table.encoding, cells(table)) == ("windows-1252", [("Zoë",), ("€",)])


# Web pages, and spreadsheets saved as XML


def test_spans_markup_and_several_tables(tmp_path: Path) -> None:
    text = """<html><body><table><tr><td>Logo</td></tr></table>
    <TABLE><TR><TH rowspan=2>Site<TH colspan=2>Money<TR><TH>Amount<TH>Note
    <TR><TD>N<TD>&pound;&nbsp;1&#44;5<TD>a<br>b <i>c</i></TABLE>
    <table><tr><td>site</td><td>date</td></tr><tr><td>S</td><td>
    <table><tr><td>x</td><td>y</td></tr><tr><td>1</td></tr></table> 1 May</td></tr></table>"""
    first, second, inner = read(tmp_path, text, "page.xls")
    assert first.headings == ("Site", "Amount", "Note")
    assert (first.header_record, cells(first)) == (2, [("N", "£ 1,5", "a\nb c")])
    assert (second.headings, cells(second)) == (("site", "date"), [("S", "1 May")])
    assert [t.part for t in (first, second, inner)] == ["table 1", "table 2", "table 3"]
    assert (inner.headings, cells(inner)) == (("x", "y"), [("1", "")])


def test_marks_of_office_in_a_page_are_left_out(tmp_path: Path) -> None:
    rows = "<tr><td>a<![if !x]><td>b<![endif]></tr><tr><![CDAT[x]]><td>1<td>2</tr>"
    [table] = read(tmp_path, f"<html><table>{rows}</table></html>")
    assert (table.headings, cells(table)) == (("a", "b"), [("1", "2")])


def test_a_spreadsheet_saved_as_xml_in_all_its_ways(tmp_path: Path) -> None:
    def data(kind: str, text: str, more: str = "") -> str:
        return f'<Cell {more}><Data ss:Type="{kind}">{text}</Data></Cell>'

    hidden = "<WorksheetOptions><Visible>SheetHidden</Visible></WorksheetOptions>"
    book = (
        "<DocumentProperties><Author>Jane Roe</Author></DocumentProperties>"
        '<Worksheet ss:Name="A"><Table>'
        f'<Row ss:Index="3">{data("String", "site")}{data("String", "date")}'
        f"{data('String', 'amount')}{data('String', 'ok')}</Row>"
        f"<Row><Cell><Data ss:Type='String'>N</Data><Comment><Data>Jane Roe</Data></Comment></Cell>"
        f"{data('DateTime', '2026-03-02T00:00:00.000')}"
        f"{data('Number', '1234.50', 'ss:Index=&quot;4&quot;').replace('&quot;', chr(34))}</Row>"
        f"<Row>{data('String', 'S')}{data('DateTime', '2026-03-02T07:30:00.000')}"
        f"{data('Error', '#N/A')}{data('Boolean', '1')}</Row></Table></Worksheet>"
        f'<Worksheet ss:Name="H"><Table><Row>{data("String", "x")}</Row></Table>{hidden}'
        "</Worksheet>"
    )
    [table] = read(tmp_path, SPREADSHEETML.format(book))
    assert (table.part, table.headings, table.header_record) == (
        "A", ("site", "date", "amount", "ok"), 3,
    )  # fmt: skip
    assert table.frame.rows() == [
        (4, "N", "2026-03-02", "", "1234.50"),
        (5, "S", "2026-03-02 07:30:00", "#N/A", "true"),
    ]


# Bad ones, and what is said of each


DEEP_XML = "<a>" * 100 + "</a>" * 100
ROWS_OF_ONE = pl.DataFrame({"a": pl.repeat(1, 70_000_000, dtype=pl.Int8, eager=True)})


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ('[{"a": 1}, {"a": ', "is a damaged JSON document in line 1"),
        ('{"a": 1}\n{"a": 2}\n{"a" 3}\n', "is a damaged JSON document in line 3"),
        ('[{"a": 1, "a": 2}]', "has the same name twice"),
        ("[" + '{"a":' * 50_000, "nested more deeply"),
        ('[{"a":' + '{"a":' * 40 + "1" + "}" * 41 + "]", "nested more deeply"),
        ('[{"a": 1}, 2]', "without a list of objects"),
        ("<?xml version='1.0'?><!DOCTYPE r [<!ENTITY a 'b'>]><r><a>1</a><a>2</a></r>",
         "document type or entities"),
        ("<?xml version='1.0'?><r><a>1</a><a>2</r>", "is a damaged XML document in line 1"),
        ("<?xml version='1.0'?><r><a>1</a><b>2</b></r>", "nothing repeats"),
        (f"<?xml version='1.0'?>{DEEP_XML}", "nested more deeply"),
        ("<html><body>Please sign in</body></html>", "is a web page without a table"),
        ("<table>" * 100, "nested too deeply"),
        (SPREADSHEETML.format(""), "has no visible sheet"),
        (b"PAR1" + bytes(100) + b"PAR1", "is a damaged Parquet file"),
        (b"PARE" + bytes(100) + b"PARE", "is an encrypted Parquet file"),
        (as_parquet()[:200], "is a damaged Parquet file"),
        (parquet(ROWS_OF_ONE), "expands to far more than a table should"),
    ],
)  # fmt: skip
def test_a_bad_document_is_named_in_one_sentence(
    tmp_path: Path, data: bytes | str, said: str
) -> None:
    with pytest.raises(FileProblem) as caught:
        read(tmp_path, data)
    message = str(caught.value)
    assert said in message
    assert message.startswith("export.xls ")
    assert message.endswith(".")
    assert ". " not in message


def test_columns_without_number_are_refused(tmp_path: Path) -> None:
    wide = [{f"k{i}": 1} for i in range(5000)]
    with pytest.raises(FileProblem, match="more columns or cells"):
        read(tmp_path, json.dumps(wide))
