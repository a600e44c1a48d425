"""Records of delimited text, well formed and not."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipelines.ingest import delimited
from pipelines.ingest.delimited import Dialect, read_delimited, split_records
from pipelines.ingest.sniff import sniff_dialect

COMMA = Dialect(",")


def rows(text: str, dialect: Dialect = COMMA) -> list[tuple[object, ...]]:
    return read_delimited(text.encode(), dialect).rows()


def by_csv_reader(text: str) -> list[tuple[object, ...]]:
    records = [(n, *r) for n, r in enumerate(csv.reader(io.StringIO(text, newline="")), 1) if r]
    width = max(map(len, records), default=0)
    return [(*record, *[None] * (width - len(record))) for record in records]


cell = st.text(st.sampled_from("a1 é,;\"\n\r\t'\u2028"), max_size=4)


@given(
    table=st.lists(st.lists(cell, min_size=1, max_size=4), min_size=1, max_size=6),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    block=st.sampled_from([1, 3, 1 << 18]),
    cut=st.booleans(),
)
def test_well_formed_text_reads_as_csv_reader_reads_it(
    table: list[list[str]], end: str, quoting: int, block: int, cut: bool
) -> None:
    out = io.StringIO()
    csv.writer(out, lineterminator=end, quoting=quoting).writerows(table)  # type: ignore[arg-type]
    text = out.getvalue().rstrip("\r\n") if cut else out.getvalue()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delimited, "BLOCK", block)
        assert rows(text) == by_csv_reader(text)
    kept = [record for record in split_records(text, COMMA) if record]
    assert [[c or "" for c in row[1:] if c is not None] for row in rows(text)] == kept


@given(st.text(st.sampled_from('a1,"\n\r ;'), max_size=20))
@example(",x\ny\n,,")  # Polars drops surplus cells of a last record without line end
@example('"a"b",1\n2,3\n')
def test_no_text_loses_a_character_that_is_no_syntax(text: str) -> None:
    letters = [c for row in rows(text) for cell in row[1:] if cell for c in str(cell)]
    assert [c for c in letters if c in "a1;"] == [c for c in text if c in "a1;"]


def test_surplus_and_missing_cells_are_kept_apart() -> None:
    assert rows("a,b\n1\n2,,3\n\n,\n") == [
        (1, "a", "b", None),
        (2, "1", None, None),
        (3, "2", "", "3"),
        (5, "", "", None),
    ]


def test_a_stray_quote_costs_its_own_cell_only() -> None:
    text = 'item,qty\n5" pipe,1\n"6" nails",2\n"unclosed,3\n4,"ok"\nx,5\n'
    assert rows(text) == [
        (1, "item", "qty"),
        (2, '5" pipe', "1"),
        (3, '6" nails', "2"),
        (4, '"unclosed', "3"),
        (5, "4", "ok"),
        (6, "x", "5"),
    ]


def test_a_note_with_quotes_and_line_breaks_stays_one_cell() -> None:
    assert rows('id,note\n1,"he said "no" to me\nand left",x\n') == [
        (1, "id", "note", None),
        (2, "1", 'he said "no" to me\nand left', "x"),
    ]


def test_blanks_before_an_opening_quote_are_no_part_of_the_cell() -> None:
    assert rows('a, "b, c"\n1, "2"\n') == [(1, "a", "b, c"), (2, "1", "2")]


def test_line_ends_of_every_kind_in_one_file() -> None:
    expected = [(1, "a", "b"), (2, "1", "2"), (3, "3", "4"), (4, "5", "6\r7")]
    assert rows('a,b\r1,2\r\n3,4\n5,"6\r7"') == expected


def test_single_quotes_where_the_dialect_has_them() -> None:
    assert rows("'a, b',c\n'it''s',2\n", Dialect(",", "'")) == [(1, "a, b", "c"), (2, "it's", "2")]


def test_the_fast_way_is_taken_for_well_formed_text_only() -> None:
    fast = delimited._fast
    assert fast(b'a,b\n"1","x\ny"\n2\n', COMMA) is not None
    assert fast(b'a,b\n5" pipe,2\n', COMMA) is None
    assert fast(b'a,b\n"open,2\n', COMMA) is None
    assert fast(b'a,"b"\r1,2\r', COMMA) is None


def test_a_large_text_ties() -> None:
    lines = [f'{n},"row, {n}","two\nlines"' if n % 3 else f"{n},plain" for n in range(30_000)]
    frame = read_delimited("\n".join(lines).encode(), COMMA)
    assert frame.height == 30_000
    assert frame["c0"].to_list() == [str(n) for n in range(30_000)]
    assert frame["c2"].null_count() == 10_000


@pytest.mark.parametrize("tail", ["", '\n4, "5 ""x"" ", 6'])
def test_a_blank_that_follows_each_delimiter_is_no_part_of_a_cell(tail: str) -> None:
    text = "a, b, c\n1,  2, \n" + '3, "y, z", w' + tail
    dialect = sniff_dialect(text, [])
    expected = [["a", "b", "c"], ["1", " 2", ""], ["3", "y, z", "w"]]
    expected += [["4", '5 "x" ', "6"]] if tail else []
    assert dialect == Dialect(",", spaced=True)
    assert list(split_records(text, dialect)) == expected
    frame = read_delimited(text.encode(), dialect)
    assert [list(row[1:]) for row in frame.iter_rows()] == expected


def test_without_quotes_too() -> None:
    frame = read_delimited(b"a, b\n1, 2\n", Dialect(",", spaced=True))
    assert frame.rows() == [(1, "a", "b"), (2, "1", "2")]


@pytest.mark.parametrize("text", ["a , b \n1 , 2 \n", "a, b\n1,2\n", 'a,"b"\n1," 2"\n'])
def test_padding_and_single_blanks_stay(text: str) -> None:
    assert not sniff_dialect(text, []).spaced


def test_an_escape_is_dropped_before_quotes_only() -> None:
    frame = read_delimited(b'path,"a \\"b\\" c:\\new"\nc:\\x,"1\\\\"\n', Dialect(",", '"', "\\"))
    assert frame.rows() == [(1, "path", 'a "b" c:\\new'), (2, "c:\\x", "1\\")]


@given(st.binary(max_size=40), st.sampled_from([b'"', b"\n", b"", "“".encode()]))
def test_signs_are_counted_as_bytes_counts_them(text: bytes, sign: bytes) -> None:
    long = text * (3 * delimited.BLOCK // 40) + text  # over more than one block
    assert delimited.counted(long, sign) == (long.count(sign) if sign else 0)
