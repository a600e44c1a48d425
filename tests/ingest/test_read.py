"""From a file to the tables in it: dialects, messy files, workbooks, archives, bad files."""

from __future__ import annotations

import codecs
import csv
import datetime
import gzip
import io
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from pipelines.errors import FileProblem
from pipelines.ingest import archive
from pipelines.ingest.delimited import split_records
from pipelines.ingest.read import Found, as_csv, tables
from pipelines.ingest.sniff import sniff_dialect
from tests.loading import zipped

KNOWN = [frozenset({"site", "date", "vendor", "amount", "note"})]

HEADINGS = ("Site", "Date", "Vendor", "Amount")
ROWS = [
    ("00012", "2026-03-01", "Miller, Ltd", "1.234,50"),
    ("00012", "2026-03-02", 'Pipe 5"', "-3"),
    ("00013", "2026-03-02", "Café Zoë", ""),
    ("00013", "2026-03-03", "two\nlines", "0,10"),
    ("00014", "2026-03-03", "Smith; Sons", "99"),
]


def found(path: Path, data: bytes, name: str = "export.csv") -> Found:
    """The only table in a file of these bytes."""
    (path / name).write_bytes(data)
    [table] = tables(path / name, KNOWN)
    return table


def cells(table: Found) -> list[tuple[str | None, ...]]:
    return [row[1:] for row in table.frame.iter_rows()]


def records(table: Found) -> list[int]:
    return table.frame["record"].to_list()


def delimited(delimiter: str, end: str = "\n", quoting: int = csv.QUOTE_MINIMAL) -> str:
    out = io.StringIO()
    writer = csv.writer(
        out,
        delimiter=delimiter,
        lineterminator=end,
        quoting=quoting,  # type: ignore[arg-type]
    )
    writer.writerows([HEADINGS, *ROWS])
    return out.getvalue()


def spoken(value: object) -> str:
    """An id without the bytes themselves: archives carry the time at which they were made."""
    return value if isinstance(value, str) else "bytes"


@pytest.mark.parametrize(
    ("data", "encoding", "delimiter"),
    [
        (delimited(",").encode(), "utf-8", ","),
        (delimited(",", "\r\n", csv.QUOTE_ALL).encode(), "utf-8", ","),
        (delimited(",", "\r", csv.QUOTE_ALL).encode(), "utf-8", ","),
        (delimited(";").encode("cp1252"), "cp1252", ";"),
        (delimited("\t").encode("utf-16"), "utf-16", "\t"),
        (delimited("\t", "\r\n").encode("utf-16-le"), "utf-16-le", "\t"),
        (delimited("|").encode("utf-16-be"), "utf-16-be", "|"),
        (codecs.BOM_UTF8 + delimited("$").encode(), "utf-8-sig", "$"),
        (delimited("^").encode(), "utf-8", "^"),
        (delimited("~").encode() + b"\x1a", "utf-8", "~"),
        (b"\n\n" + delimited(";").encode(), "utf-8", ";"),
    ],
    ids=spoken,
)
def test_the_same_five_rows_in_every_dialect(
    tmp_path: Path, data: bytes, encoding: str, delimiter: str
) -> None:
    table = found(tmp_path, data)
    assert (table.headings, cells(table)) == (HEADINGS, ROWS)
    assert (table.format, table.encoding, table.delimiter) == ("csv", encoding, delimiter)


def workbook(path: Path, fill: Callable[[xlsxwriter.Workbook], None]) -> bytes:
    with xlsxwriter.Workbook(str(path / "made.xlsx")) as book:
        fill(book)
    return (path / "made.xlsx").read_bytes()


def five_rows(book: xlsxwriter.Workbook) -> None:
    sheet = book.add_worksheet("Spend")
    for number, row in enumerate([HEADINGS, *ROWS]):
        for place, cell in enumerate(row):
            sheet.write_string(number + 2, place, cell)


def test_the_same_five_rows_in_a_workbook(tmp_path: Path) -> None:
    table = found(tmp_path, workbook(tmp_path, five_rows), "spend.dat")
    assert (table.headings, cells(table)) == (HEADINGS, ROWS)
    assert (table.label, table.format, table.encoding) == ("spend.dat#Spend", "xlsx", None)
    assert (table.header_record, records(table)) == (3, [4, 5, 6, 7, 8])


# Fifteen messy files: name, text, headings, record of the headings, records with their numbers.
MESSY: list[tuple[str, str, tuple[str, ...], int, list[tuple[object, ...]]]] = [
    ("preamble", "Spend report,,\nas of May,,\n\nSite,Vendor,Amount\nA,V,1\n",
     ("Site", "Vendor", "Amount"), 4, [(5, "A", "V", "1")]),
    ("footer", "Site,Amount\nA,1\n\nGenerated 1 May,\n",
     ("Site", "Amount"), 1, [(2, "A", "1"), (4, "Generated 1 May", "")]),
    ("ragged", "Site,Vendor,Amount\nA,V\nB,W,2,extra\nC\n",
     ("Site", "Vendor", "Amount"), 1,
     [(2, "A", "V", None, None), (3, "B", "W", "2", "extra"), (4, "C", None, None, None)]),
    ("duplicate and blank headings", "Site,Amount,,Amount\nA,1,x,2\n",
     ("Site", "Amount", "", "Amount"), 1, [(2, "A", "1", "x", "2")]),
    ("trailing delimiter", "Site,Amount,\nA,1,\n", ("Site", "Amount", ""), 1, [(2, "A", "1", "")]),
    ("padded headings", " Site , * Amount \n A , 1 \n", ("Site", "* Amount"), 1,
     [(2, " A ", " 1 ")]),
    ("subtotals", "Site,Amount\nA,1\nSubtotal,1\n,\nTotal,1\n", ("Site", "Amount"), 1,
     [(2, "A", "1"), (3, "Subtotal", "1"), (4, "", ""), (5, "Total", "1")]),
    ("zero bytes", "Site,Amount\nA\0,1\n\0\0", ("Site", "Amount"), 1, [(2, "A", "1")]),
    ("mixed line ends", "Site,Amount\r\nA,1\nB,2\rC,3", ("Site", "Amount"), 1,
     [(2, "A", "1"), (3, "B", "2"), (4, "C", "3")]),
    ("blank lines", "\n\nSite,Amount\n\nA,1\n\n\n", ("Site", "Amount"), 3, [(5, "A", "1")]),
    ("stray quotes", 'Site,Amount\nA "1",1\n"B" 2,2\n"C,3\n', ("Site", "Amount"), 1,
     [(2, 'A "1"', "1"), (3, '"B" 2', "2"), (4, '"C', "3")]),
    ("line breaks in headings", 'Site,"Amount\nin USD",Date\nA,1,2\n',
     ("Site", "Amount\nin USD", "Date"), 1, [(2, "A", "1", "2")]),
    ("two rows of headings", ",Money,Money\nSite,Amount,Note\nA,1,x\n",
     ("Site", "Amount", "Note"), 2, [(3, "A", "1", "x")]),
    ("headings only", "Site,Amount\n", ("Site", "Amount"), 1, []),
    ("decimal commas in a comma file", 'Site,Amount\nA,"1,5"\n', ("Site", "Amount"), 1,
     [(2, "A", "1,5")]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "headings", "record", "rows"), [m[1:] for m in MESSY],
                         ids=[m[0] for m in MESSY])  # fmt: skip
def test_messy_files(
    tmp_path: Path, text: str, headings: tuple[str, ...], record: int, rows: list[tuple[object]]
) -> None:
    table = found(tmp_path, text.encode())
    assert (table.headings, table.header_record) == (headings, record)
    assert table.frame.rows() == rows
    assert table.frame.schema["record"] == pl.UInt32
    assert len(table.preamble) == record - 1


def test_the_preamble_is_kept(tmp_path: Path) -> None:
    table = found(tmp_path, b"Spend report,,\n\nas of,May\nSite,Vendor,Amount\nA,V,1\n")
    assert table.preamble == (("Spend report", "", ""), (), ("as of", "May"))


def test_a_long_text_is_read_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.ingest.read.LONG", 200)
    monkeypatch.setattr("pipelines.ingest.read.SIZE", 150)
    monkeypatch.setattr("pipelines.ingest.blocks.SIZE", 64)
    rows = [f'S{n},"{n}.50","a, b' + ("\nc" if n % 3 else "") + '"' for n in range(40)]
    text = "Report\nSite,Amount,Note\n" + "\n".join(rows) + "\nS40"
    table = found(tmp_path, text.encode())
    pieces = list(table.batches())
    assert len(pieces) > 5
    assert table.headings == ("Site", "Amount", "Note")
    whole = table.whole()
    assert whole.rest is None
    assert whole.frame["record"].to_list() == list(range(3, 44))
    assert whole.frame["c1"].to_list() == [*(f"{n}.50" for n in range(40)), None]
    assert whole.frame["c2"][1] == "a, b\nc"


# Workbooks


def test_cells_of_a_workbook_are_plain_text(tmp_path: Path) -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet("D")
        day, clock = book.add_format({"num_format": "d/m/yy"}), {"num_format": "[h]:mm"}
        sheet.write_row(0, 0, ["site", "amount", "date", "note", "hours", "sum", "share"])
        sheet.write_row(1, 0, ["00012", 1.0])
        sheet.write_datetime(1, 2, datetime.datetime(2026, 3, 2), day)
        sheet.write_formula(1, 3, "=1/0", None, "#DIV/0!")
        sheet.write(1, 4, 60.5, book.add_format(clock))
        sheet.write(1, 5, 123456789.12)
        sheet.write(1, 6, 0.1 + 0.2)
        sheet.write_row(3, 0, [" x\ny ", 0.1, True, 1e15])
        sheet.write_datetime(3, 4, datetime.time(7, 30), book.add_format({"num_format": "hh:mm"}))

    table = found(tmp_path, workbook(tmp_path, fill))
    assert table.frame.rows() == [
        (2, "00012", "1", "2026-03-02", "#DIV/0!", "1452:00:00", "123456789.12", "0.3"),
        (4, " x\ny ", "0.1", "true", "1000000000000000", "07:30:00", "", ""),
    ]


@pytest.mark.parametrize("also_day_60", [False, True])
def test_hours_of_every_length(tmp_path: Path, also_day_60: bool) -> None:
    hours = {0.25: "06:00:00", 1.5: "36:00:00", 31 + 1 / 48: "744:30:00",
             61: "1464:00:00", 99.75: "2394:00:00", 1 / 86400: "00:00:01"}  # fmt: skip
    if also_day_60:
        hours |= {59.25: "1422:00:00", 60.75: "1458:00:00"}

    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet()
        clock = book.add_format({"num_format": "[h]:mm:ss"})
        sheet.write_row(0, 0, ["site", "amount"])
        for row, serial in enumerate(hours, 1):
            sheet.write_string(row, 0, "N")
            sheet.write_number(row, 1, serial, clock)

    table = found(tmp_path, workbook(tmp_path, fill))
    assert table.frame["c1"].to_list() == list(hours.values())


def test_dates_of_no_day_stay_dates(tmp_path: Path) -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet()
        day = book.add_format({"num_format": "d/m/yy"})
        sheet.write_row(0, 0, ["site", "date"])
        for row, serial in enumerate([1, 46023]):
            sheet.write_number(row + 1, 1, serial, day)

    table = found(tmp_path, workbook(tmp_path, fill))
    assert table.frame["c1"].to_list() == ["1900-01-01", "2026-01-01"]


def test_the_right_margin_of_a_sheet_is_no_column(tmp_path: Path) -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet()
        sheet.write(0, 5, "as of May")
        sheet.write_row(1, 0, ["site", "amount"])
        sheet.write_row(2, 0, ["A", 1])

    table = found(tmp_path, workbook(tmp_path, fill))
    assert (table.headings, table.frame.rows()) == (("site", "amount"), [(3, "A", "1")])
    assert table.preamble == (("", "", "", "", "", "as of May"),)


def test_each_visible_sheet_is_a_table(tmp_path: Path) -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        for name in ("North", "Lookup", "Empty", "South"):
            sheet = book.add_worksheet(name)
            if name != "Empty":
                sheet.write_row(0, 0, ["site", "amount"])
                sheet.write_row(1, 0, [name, 1])
            if name == "Lookup":
                sheet.hide()
        chart = book.add_chart({"type": "line"})
        chart.add_series({"values": "=North!$B$2:$B$2"})
        book.add_chartsheet("Chart").set_chart(chart)

    (tmp_path / "book.xlsx").write_bytes(workbook(tmp_path, fill))
    labels = [table.label for table in tables(tmp_path / "book.xlsx", KNOWN)]
    assert labels == ["book.xlsx#North", "book.xlsx#South"]


# Archives


def test_each_member_of_a_zip_is_a_table(tmp_path: Path) -> None:
    members = {
        "a/north.csv": b"Site,Amount\nN,1\n",
        "__MACOSX/._north.csv": b"\0\5\x16\7",
        "book.xlsx": workbook(tmp_path, five_rows),
    }
    (tmp_path / "all.zip").write_bytes(zipped(members))
    labels = [table.label for table in tables(tmp_path / "all.zip", KNOWN)]
    assert labels == ["all.zip#a/north.csv", "all.zip#book.xlsx#Spend"]


def test_gzip_holds_one_file(tmp_path: Path) -> None:
    table = found(tmp_path, gzip.compress(b"Site,Amount\nN,1\n"), "north.csv.gz")
    assert (table.label, cells(table)) == ("north.csv.gz#north.csv", [("N", "1")])


def test_one_bad_member_does_not_hide_the_others(tmp_path: Path) -> None:
    members = {"bad.pdf": b"%PDF-1.7", "good.csv": b"Site,Amount\nN,1\n", "empty.csv": b""}
    (tmp_path / "all.zip").write_bytes(zipped(members))
    reading = tables(tmp_path / "all.zip", KNOWN)
    assert next(reading).label == "all.zip#good.csv"
    with pytest.raises(FileProblem, match=r"^all.zip#bad.pdf is a PDF document"):
        next(reading)


@pytest.mark.parametrize("pack", [gzip.compress, lambda data: zipped({"big.csv": data})])
def test_a_bomb_is_not_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pack: Callable[[bytes], bytes]
) -> None:
    monkeypatch.setattr(archive, "FREE", 1 << 16)
    with pytest.raises(FileProblem, match="expands to far more than a table should"):
        found(tmp_path, pack(b"0" * (1 << 20)))


# Bad files, and what is said of each


ENCRYPTED_XLSX = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le")
ENCRYPTED_ZIP = zipped({"a.csv": b"Site,Amount\n"}).replace(
    b"PK\1\2\x14\3\x14\0\0\0", b"PK\1\2\x14\3\x14\0\1\0"
)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is empty"),
        (b"\r\n \r\n", "is empty"),
        (b",,\n,,\n", "holds no table"),
        (b"%PDF-1.4 ...", "is a PDF document"),
        (b"<html><table><tr><td>Site", "is a web page"),
        (b'{"site": {"list": [1]}}', "is a JSON document without a list of objects"),
        (ENCRYPTED_XLSX, "is protected by a password"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "is a damaged workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "WordDocument".encode("utf-16-le"), "is a document"),
        (zipped({"word/document.xml": b"", "[Content_Types].xml": b""}), "is a document"),
        (zipped({"a.csv": b"Site,Amount\n" * 99})[:60], "is a damaged zip archive or workbook"),
        (zipped({}), "is an archive with nothing in it"),
        (zipped({"inner.zip": zipped({"a.csv": b"Site,Amount\n"})}), "is an archive within"),
        (ENCRYPTED_ZIP, "is protected by a password"),
        (gzip.compress(b"Site,Amount\nA,1\n" * 99)[:-9], "is a damaged or cut-off gzip file"),
        (gzip.compress(gzip.compress(b"Site")), "is an archive within"),
        (bytes(range(128, 256)) * 9, "is a binary file"),
    ],
    ids=spoken,
)
def test_a_bad_file_is_named_in_one_sentence(tmp_path: Path, data: bytes, said: str) -> None:
    with pytest.raises(FileProblem) as caught:
        found(tmp_path, data)
    message = str(caught.value)
    assert said in message
    assert message.startswith("export.csv")
    assert message.endswith(".")
    assert ". " not in message
    assert caught.value.path == tmp_path / "export.csv"


def test_an_archive_of_a_version_that_none_has_is_damaged(tmp_path: Path) -> None:
    """Found by fuzzing: a flipped byte where the archive's directory tells the version needed."""
    path, data = tmp_path / "a.zip", bytearray(zipped({"a.csv": b"Site,Amount\n"}))
    data[data.index(b"PK\x01\x02") + 6] = 210
    path.write_bytes(data)
    with pytest.raises(FileProblem, match="is a damaged zip archive or workbook"):
        list(tables(path, KNOWN))


def test_a_damaged_workbook_is_named(tmp_path: Path) -> None:
    data = bytearray(workbook(tmp_path, five_rows))
    data[data.index(b"xl/worksheets/sheet1.xml") + 100] ^= 255
    with pytest.raises(FileProblem, match="is a damaged zip archive or workbook"):
        found(tmp_path, bytes(data))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match="cannot be opened"):
        list(tables(tmp_path / "none.csv", KNOWN))


# Out again


def test_as_csv_leaves_out_what_is_no_table(tmp_path: Path) -> None:
    text = 'Report,\n\nSite;Note\nA;"x; ""y"""\n;\nB\nTotal;9\nPage 1 of 1;\n;;\nmade by SAP;\n'
    table = found(tmp_path, text.encode())
    assert as_csv(table) == 'Site,Note\r\nA,"x; ""y"""\r\n,\r\nB\r\nTotal,9\r\n'


def test_as_csv_keeps_a_table_of_lone_cells(tmp_path: Path) -> None:
    assert as_csv(found(tmp_path, b"Site,Note\nA,\nB,\nC,x\nD,\n")) == (
        "Site,Note\r\nA,\r\nB,\r\nC,x\r\nD,\r\n"
    )


# Real files


@pytest.mark.real
@pytest.mark.parametrize(
    ("name", "records", "columns"),
    [
        ("pbj/Payroll_Based_Journal_Daily_Nurse_Staffing_2023_Q2.csv", 17_745, 33),
        ("city_checkbook/phoenix_october-2017.csv", 44_840, 5),
        ("patient_volume/February-2026-CSV-Dl8t54.csv", 198, 22),
        ("estates_eric/ERIC-2013-14.csv", 251, 115),
    ],
)
def test_real_exports_tie(realdata: Path, name: str, records: int, columns: int) -> None:
    [table] = tables(realdata / name, [])
    assert (table.frame.height, len(table.headings)) == (records, columns)


@pytest.mark.real
def test_every_well_formed_real_file_ties_with_csv_reader(realdata: Path) -> None:
    off = []
    for path in sorted((realdata / "nhs_spend").rglob("*.csv")):
        [table] = tables(path, [])
        text = path.read_bytes().decode("utf-8-sig", "replace")
        dialect = sniff_dialect(text, [])
        by_csv = csv.reader(io.StringIO(text, newline=""), delimiter=dialect.delimiter)
        count = sum(n > table.header_record and bool(r) for n, r in enumerate(by_csv, 1))
        if count != table.frame.height:
            off.append((path.name, count, table.frame.height))
    assert off == []


@pytest.mark.real
def test_most_dialects_of_the_csvsniffer_corpus_are_found(realdata: Path) -> None:
    folder = realdata / "messy_csv" / "csvsniffer"
    signs = {"comma": ",", "semicolon": ";", "tab": "\t", "vslash": "|", "space": " "}
    quotes = {"doublequote": '"', "singlequote": "'"}
    right = []
    for sub, notes in (
        ("CSV", "Dialect_annotations.txt"),
        ("W3C-CSVW", "W3C-CSVW-Dialect_annotations.txt"),
    ):
        for line in (folder / notes).read_text(encoding="utf-8").splitlines()[2:]:
            name, _, sign, quote, _, _ = line.rsplit("|", 5)
            if (folder / sub / name).exists():
                text = (folder / sub / name).read_bytes().decode("utf-8", "replace")
                dialect = sniff_dialect(text, [])
                right.append((dialect.delimiter, dialect.quote) == (signs[sign], quotes[quote]))
    assert len(right) == 240
    assert sum(right) >= 228  # 95 %; the best published tool finds 85 %


def test_the_first_records_are_what_the_parser_of_samples_says(tmp_path: Path) -> None:
    text = 'x\nSite,"Amount"\nA,"1\n2"\n'
    table = found(tmp_path, text.encode())
    parsed = list(split_records(text, sniff_dialect(text, KNOWN)))
    assert tuple(parsed[table.header_record - 1]) == table.headings


def test_many_short_lines_that_end_as_on_old_macs_are_no_wide_ones(tmp_path: Path) -> None:
    path = tmp_path / "mac.csv"
    path.write_bytes(b"Site,Item,Amount\r" + b"OAK,Gloves,1.00\r" * 10_000)
    [table] = tables(path, KNOWN)
    assert (table.headings, table.frame.height) == (("Site", "Item", "Amount"), 10_000)
