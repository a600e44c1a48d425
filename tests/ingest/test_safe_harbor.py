"""The 18 identifiers of the Safe Harbor rule (45 CFR 164.514(b)(2)) reach no file under the home.

They are sown into every feed and format: in columns outside the allow-list, in headings, in free
text and codes, in the names of files and sheets, in comments and properties. Then everything under
the home but the inbox is read, byte by byte and table by table.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest
import xlsxwriter

from pipelines.feeds import FEEDS, Feed, Kind
from pipelines.ingest.privacy import ROLES, Role
from pipelines.ingest.sniff import sniff_encoding
from tests.loading import EXPORTS, rounds

# As somebody would type it, by letter of the rule; P and Q have no form that a text shows.
TYPED = {
    "A name": "Mrs Marguerite Delgado",
    "B place": "patient lives at 4417 Larkspur Lane, Fairhope 36532",
    "C date": "DOB 03/14/1941",
    "C age": "aged 97",
    "D phone": "call (251) 555-0147",
    "E fax": "fax 251-555-0188",
    "F e-mail": "m.delgado@mailbox.example",
    "G ssn": "SSN 509-38-6621",
    "H mrn": "MRN 88412907",
    "I plan": "member id XQH448120975",
    "J account": "acct no. 7730418825",
    "K licence": "driver's license D4471902",
    "L vehicle": "VIN 1HGCM82633A004352, plate KZT-4471",
    "M device": "patient pacemaker serial no PCM-559034",
    "N url": "https://portal.example.org/u/448",
    "O ip": "203.0.113.77",
    "R other": "encounter 55190237",
}
FORMLESS = {"P finger": "fingerprint 9f8e7d6c5b4a", "Q face": "IMG_4471_face.jpg"}
EVERY = TYPED | FORMLESS
# What says by itself what it is, also where a code or a company's name is expected.
BARE = ("509-38-6621", "(251) 555-0147", "m.delgado@mailbox.example", "203.0.113.77",
        "1HGCM82633A004352", "1EG4-TE5-MK73", "https://portal.example.org/u/448")  # fmt: skip
TRACES = (
    "Marguerite", "Delgado", "Larkspur", "36532", "03/14/1941", "1941-03-14", "aged 97",
    "555-0147", "555-0188", "mailbox.example", "509-38-6621", "509386621", "88412907",
    "XQH448120975", "7730418825", "D4471902", "1HGCM82633A004352", "KZT-4471", "PCM-559034",
    "portal.example", "203.0.113.77", "55190237", "9f8e7d6c5b4a", "IMG_4471", "1EG4-TE5-MK73",
)  # fmt: skip
NAME = "Delgado, Marguerite"
Table = list[list[str]]


def sown(feed: Feed) -> Table:
    """A file in our own layout: eight sound rows, one to be set aside, each full of identifiers."""
    outside = [f"remark {i}" for i in range(len(EVERY))]
    rows = [[*feed.names, *outside, "509-38-6621", NAME]]
    for number in range(9):
        cells = [_cell(feed, name, number) for name in feed.names]
        if number == 8:  # what belongs elsewhere stands where a date or a number should
            at = next(i for i, c in enumerate(feed.columns) if c.kind is not Kind.TEXT)
            cells[at] = NAME
        rows.append([*cells, *EVERY.values(), "x", "y"])
    return rows


def _cell(feed: Feed, name: str, number: int) -> str:
    column, role = feed.column(name), ROLES[feed.name].get(name)
    if role is Role.TEXT:
        typed = list(TYPED.values())
        return f"Leak {number}: " + "; ".join(typed[number::4])
    if role is Role.ORGANISATION:
        return NAME if number % 2 else f"{NAME} {BARE[number % 5]}" if number % 4 else "Acme Ltd"
    if role is Role.PERSON:
        return f"{NAME} {number}"
    if role is Role.CODE and name in (*feed.key[:1], "lot", "contract", "document"):
        return BARE[number] if number < len(BARE) else f"X-{number}"
    if role is Role.THING:
        return f"Bed with {TYPED['H mrn']}" if number else "Bed"
    return column.example


def as_csv(rows: Table, place: Path) -> Path:
    with place.with_suffix(".csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return place.with_suffix(".csv")


def as_xlsx(rows: Table, place: Path) -> Path:
    """With a comment, document properties, a header, a hidden sheet and a hidden column."""
    path = place.with_suffix(".xlsx")
    with xlsxwriter.Workbook(path) as book:
        book.set_properties({"author": NAME, "comments": "; ".join(EVERY.values())})
        sheet = book.add_worksheet("Marguerite Delgado 97")
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
        sheet.write_comment("A2", "; ".join(EVERY.values()), {"author": NAME})
        sheet.set_header(f"&L{TYPED['H mrn']}")
        sheet.set_column(len(rows[0]) - 2, len(rows[0]) - 1, None, None, {"hidden": True})
        hidden = book.add_worksheet("hidden")
        hidden.write_row(0, 0, list(EVERY.values()))
        hidden.hide()
    return path


def as_ods(rows: Table, place: Path) -> Path:
    path = place.with_suffix(".ods")
    body = "".join(
        "<table:table-row>" + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{_xml(cell)}</text:p>'
            "</table:table-cell>" for cell in row) + "</table:table-row>" for row in rows
    )  # fmt: skip
    spaces = " ".join(
        f'xmlns:{n}="urn:oasis:names:tc:opendocument:xmlns:{n}:1.0"'
        for n in ("office", "table", "text")
    )
    content = (
        f'<?xml version="1.0"?><office:document-content {spaces} office:version="1.2"><office:body>'
        f'<office:spreadsheet><table:table table:name="Marguerite Delgado">{body}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr("meta.xml", f"<meta>{_xml(NAME)}</meta>")
        manifest = (
            '<?xml version="1.0"?><manifest:manifest '
            'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
        )
        archive.writestr("META-INF/manifest.xml", manifest)
    return path


def _xml(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def as_zip(rows: Table, place: Path) -> Path:
    path = place.with_suffix(".zip")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{NAME} 509-38-6621.csv", _text(rows, ","))
        archive.comment = TYPED["G ssn"].encode()
    return path


def as_gzip(rows: Table, place: Path) -> Path:
    path = place.with_suffix(".csv.gz")
    path.write_bytes(gzip.compress(_text(rows, ";").encode()))
    return path


def as_utf16(rows: Table, place: Path) -> Path:
    path = place.with_suffix(".txt")
    path.write_bytes(_text(rows, "\t").encode("utf-16"))
    return path


def _text(rows: Table, delimiter: str) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue()


FORMATS: dict[str, Callable[[Table, Path], Path]] = {
    "csv": as_csv, "xlsx": as_xlsx, "ods": as_ods, "zip": as_zip, "gz": as_gzip, "utf16": as_utf16,
}  # fmt: skip


def remains(home: Path) -> list[tuple[str, str]]:
    """(where, trace) of everything under the home but the inbox, and of its tables' cells."""
    found = []
    for path in home.rglob("*"):
        if not path.is_file() or home / "inbox" in path.parents:
            continue
        data = path.read_bytes()
        texts = [data.lower(), str(path.relative_to(home)).lower().encode()]
        if path.suffix == ".duckdb":
            texts.append("\n".join(_cells(path)).lower().encode())
        for trace in TRACES:
            low = trace.lower()
            forms = (low.encode(), low.encode("utf-16-le"))
            if any(form in text for text in texts for form in forms):
                found.append((path.name, trace))
    return found


def _cells(path: Path) -> Iterator[str]:
    """Every cell of every table as text: a compressed column hides it from a search of bytes."""
    with duckdb.connect(str(path), read_only=True) as sql:
        for (table,) in sql.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_type = 'BASE TABLE'"
        ).fetchall():
            for row in sql.execute(f'SELECT CAST(COLUMNS(*) AS VARCHAR) FROM "{table}"').fetchall():
                yield from (cell for cell in row if cell is not None)


def check(home: Path, *paths: Path) -> list[dict[str, object]]:
    """Ingest, find nothing, and return what the command line told."""
    result = rounds("ingest", *paths, "--home", home, "--json")
    assert remains(home) == []
    told = json.loads(result.stdout)
    output = json.dumps([{**f, "path": Path(str(f["path"])).name} for f in told["files"]])
    assert [t for t in TRACES if t.lower() in (output + result.stderr).lower()] == []
    return list(told["files"])


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A temporary folder of the test's own, in which nothing may be left."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    for name in ("TMPDIR", "TEMP", "TMP"):
        monkeypatch.setenv(name, str(folder))
    monkeypatch.setattr("tempfile.tempdir", None)
    yield folder
    assert list(folder.rglob("*")) == []


def place_of(tmp_path: Path, stem: str) -> Path:
    folder = tmp_path / "exports"
    folder.mkdir(exist_ok=True)
    return folder / f"{stem} Marguerite Delgado 509-38-6621"


def test_what_is_sown_is_found_where_nothing_guards(tmp_path: Path) -> None:
    """The search itself: every trace is in the files that are ingested, and would be seen."""
    home = tmp_path / "home"
    home.mkdir()
    text = "\n".join([*EVERY.values(), *BARE, NAME, "1941-03-14", "509386621"])
    with duckdb.connect(str(home / "planted.duckdb")) as sql:
        sql.execute("CREATE TABLE t AS SELECT unnest(?) AS cell", [text.split("\n") * 500])
    assert {trace for _, trace in remains(home)} == set(TRACES)


FAST = ("work_orders", "contracts", "labor")


@pytest.mark.parametrize("name", FAST)
def test_a_feed_keeps_no_identifier(name: str, home: Path, tmp_path: Path) -> None:
    [told] = check(home, as_csv(sown(FEEDS[name]), place_of(tmp_path, name)))
    assert (told["status"], told["quarantined"]) == ("loaded", 1)


@pytest.mark.parametrize("format", ["csv", "xlsx", "ods", "zip"])
def test_a_format_keeps_no_identifier(format: str, home: Path, tmp_path: Path) -> None:
    [told] = check(home, FORMATS[format](sown(FEEDS["spend"]), place_of(tmp_path, "spend")))
    assert (told["status"], told["accepted"]) == ("loaded", 8)
    assert dict(told["money"])["accepted"] == "56000.0000"  # type: ignore[call-overload]


@pytest.mark.soak
@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("name", FEEDS)
def test_every_feed_and_format(name: str, format: str, home: Path, tmp_path: Path) -> None:
    for told in check(home, FORMATS[format](sown(FEEDS[name]), place_of(tmp_path, name))):
        assert told["status"] == "loaded"


VENDORS = sorted(p for p in EXPORTS.rglob("*.csv"))


@pytest.mark.soak
@pytest.mark.parametrize("path", VENDORS, ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_every_vendors_layout(path: Path, home: Path, tmp_path: Path) -> None:
    """Columns that a vendor's export may well have, and that no profile names."""
    data = path.read_bytes()
    text = data.decode(sniff_encoding(data))
    sign = max(",;\t|$", key=text.count)
    rows = list(csv.reader(text.splitlines(), delimiter=sign))
    wide = max(len(row) for row in rows)
    for number, row in enumerate(rows):
        if len(row) == wide:
            headings = [f"remark {i}" for i in range(len(EVERY))]
            first = all(len(r) < wide for r in rows[:number])
            row += headings if first else list(EVERY.values())
    folder = tmp_path / "exports"
    folder.mkdir()
    check(home, as_csv(rows, folder / path.stem))


def test_a_list_of_patients_leaves_nothing(home: Path, tmp_path: Path) -> None:
    """Refused by its heading, by what it holds, and where no profile fits."""
    rows = [["site", "date", "measure", "count", "Patient Name", "MRN"]]
    rows += [["ELM", "2026-10-05", "visits", "1", NAME, "88412907"]] * 3
    [told] = check(home, as_csv(rows, place_of(tmp_path, "visits")))
    assert (told["status"], told["records"]) == ("refused", 0)
    assert "column “Patient Name”" in str(told["problem"])
