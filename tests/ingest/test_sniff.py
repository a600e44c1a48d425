"""What a file is, told from its bytes."""

from __future__ import annotations

import codecs

import pytest

from pipelines.ingest.delimited import Dialect, split_records
from pipelines.ingest.sniff import (
    decode,
    find_header,
    match_header,
    normalise_heading,
    sniff_dialect,
    sniff_encoding,
    sniff_format,
)

KNOWN = [
    frozenset({"site", "date", "amount", "vendor", "invoice number"}),
    frozenset({"site", "period", "hours"}),
]


@pytest.mark.parametrize(
    "spelling",
    ["Cost Center", "  cost_center ", "* Cost Center", "\ufeffCOST__CENTER", "Cost\u00a0Center"],
)
def test_spellings_of_one_heading_are_the_same(spelling: str) -> None:
    assert normalise_heading(spelling) == "cost center"


@pytest.mark.parametrize(
    ("head", "format"),
    [
        (b"", "empty"),
        (b" \r\n\0\0", "empty"),
        (codecs.BOM_UTF8, "empty"),
        (b"%PDF-1.7\n%\xe2\xe3", "PDF document"),
        (b"PK\x03\x04rest", "zip"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"\r\n <!DOCTYPE HTML><table>", "html"),
        (b"<?xml version='1.0'?><!DOCTYPE html><html>", "html"),
        (b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>',
         "spreadsheetml"),
        (b'<?xml version="1.0"?><rows/>', "xml"),
        (b"<orders><order id='1'/></orders>", "xml"),
        (b"<?xml version='1.0'?><table><row/></table>", "xml"),
        (b'[{"site": "ELM"}]', "json"),
        (b"PAR1", "parquet"),
        (bytes(range(1, 32)) * 20, "binary file"),
        (b"<10,10-20,>20\n1,2,3\n", "text"),
        ("Größe;Menge\n1;2\n".encode("cp1252"), "text"),
        ("site,hours\n".encode("utf-16-le"), "text"),
    ],
)  # fmt: skip
def test_the_format_is_in_the_bytes(head: bytes, format: str) -> None:
    assert sniff_format(head) == format


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (b"site,hours", "ascii"),
        ("Menge: 5 µg".encode(), "utf-8"),
        (codecs.BOM_UTF8 + b"site", "utf-8-sig"),
        ("site,é".encode("utf-16"), "utf-16"),
        ("site,é".encode("utf-16-le"), "utf-16-le"),
        ("site,é".encode("utf-16-be"), "utf-16-be"),
        ("Zürich – 5 €".encode("cp1252"), "cp1252"),
        ("Zürich\x81".encode("latin-1"), "latin-1"),
        ("é è ê ë".encode() + b"\xe9", "utf-8+cp1252"),
    ],
)
def test_the_encoding_is_stated(data: bytes, encoding: str) -> None:
    assert sniff_encoding(data) == encoding


def test_a_stray_byte_does_not_spoil_the_rest_of_the_text() -> None:
    data = "Café, crème, naïf ".encode() + b"\x80\xe9"
    assert decode(data, sniff_encoding(data)) == "Café, crème, naïf €é"


@pytest.mark.parametrize(
    ("text", "delimiter", "quote"),
    [
        ("a,b\n1,2\n", ",", '"'),
        ("a;b\n1,5;2,5\n3,5;4,5\n", ";", '"'),
        ("a\tb\n1\t2\n", "\t", '"'),
        ("a|b\nx, y|2\nz, w|3\n", "|", '"'),
        ("a$b$c\nx$2$3\n", "$", '"'),
        ("a^b\n1^2\n", "^", '"'),
        ("a~b\n1~2\n", "~", '"'),
        ("a b\n1 2\n3 4\n", " ", '"'),
        ("a,b\n'x, y','z'\n'u, v','w'\n", ",", "'"),
        ("sep=;\nnotes\na,b\nc,d\n", ";", '"'),
        ("Profession\nFinance\nInformation Technology\n", ",", '"'),
    ],
)
def test_the_dialect_without_any_profile(text: str, delimiter: str, quote: str) -> None:
    dialect = sniff_dialect(text, [])
    assert (dialect.delimiter, dialect.quote) == (delimiter, quote)


def test_headings_decide_the_delimiter_where_the_shape_would_mislead() -> None:
    text = "Site;Date;Amount\nA, B;1, 2;3, 4\nC, D;5, 6;7, 8\n"
    assert sniff_dialect(text, KNOWN).delimiter == ";"


def test_backslash_escapes_are_seen() -> None:
    dialect = sniff_dialect('a,b\n"5\\" pipe, long",2\n', [])
    assert dialect == Dialect(",", '"', "\\")
    assert list(split_records('"5\\" pipe, long",2\n', dialect)) == [['5" pipe, long', "2"]]


@pytest.mark.parametrize(
    ("records", "header"),
    [
        ([["site", "date", "amount"], ["ELM", "1", "2"]], 1),
        ([["Vendor payments"], [], ["Site", "Date", "Amount"], ["ELM", "x", "2"]], 3),
        # Nothing known: the first record as wide as the table that holds words only.
        ([["Report of spend"], ["as of", "May"], ["A", "B", "C"], ["1", "2", "3"]], 3),
        # Nothing known, and the headings have gaps: above the first record of numbers.
        ([["", "Actual", "Plan", ""], ["INCOME"], ["Fees", "12", "15", "80%"]], 1),
        ([["1", "2"], ["3", "4"]], 1),
        ([["", ""], [" "]], 0),
        ([], 0),
    ],
)
def test_the_record_of_the_headings(records: list[list[str]], header: int) -> None:
    assert find_header(records, KNOWN) == header


def test_the_record_with_most_headings_wins() -> None:
    records = [["Site", "ELM", "Date", "May"], ["Site", "Date", "Vendor", "Amount", "Memo"]]
    match = match_header(records, KNOWN)
    assert match is not None
    assert (match.record, match.score) == (2, (4.0, 0.8, 5.0))


def test_two_words_that_happen_to_be_headings_are_no_header() -> None:
    assert match_header([["site", "x", "hours", "y", "z", "1", "2", "3"]], KNOWN[:1]) is None


@pytest.mark.parametrize(
    "text",
    [
        "HH:mm:ss.S,HH:mm:ss.SS\n15:02:37.1,15:02:37.14\n",  # times hold colons
        'a,b\n"{""x"": 1}",06:00:04+01:00\n"{""x"": 2}",14:20:11+02:00\n',
        "col1,col2\n1;2;3,4;5;6\na;b;c,d;e;f\n",  # lists stand in cells
    ],
)
def test_a_comma_is_the_delimiter(text: str) -> None:
    assert sniff_dialect(text, []).delimiter == ","


def test_cells_with_a_blank_before_them_look_like_cells() -> None:
    text = "id;place;box\n1; POINT(4.7 9.1); BOX(4.7 9.1, 4.8 9.2)\n2; POINT(4 9); BOX(4 9, 4 9)\n"
    assert sniff_dialect(text, []).delimiter == ";"


def test_the_format_of_a_text_with_stray_bytes() -> None:
    assert sniff_format("<r><a>Café é è</a>".encode() + b"\x80</r>") == "xml"


def test_a_heading_of_two_words_is_no_two_headings() -> None:
    known = [frozenset({"category", "name"})]
    text = "Category Name,Parent Category Name\nGloves and masks,Root\nDressings,Root\n"
    assert sniff_dialect(text, known).delimiter == ","
