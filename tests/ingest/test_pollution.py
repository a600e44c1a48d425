"""What `rounds read` makes of polluted files, scored as the published benchmark scores."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.errors import RoundsError
from pipelines.ingest.match import known_headings
from pipelines.ingest.read import as_csv, tables
from pipelines.profiles import known_profiles
from tests.ingest.pollution import Polluted, marks, polluted, scores, source

Load = Callable[[bytes], str | None]


@pytest.fixture(scope="module")
def files() -> list[Polluted]:
    return list(polluted())


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """The first table of a file as CSV, as `rounds read` prints it; None where it is refused."""
    known = known_headings(known_profiles())

    def loaded(data: bytes) -> str | None:
        path = tmp_path / "polluted.csv"
        path.write_bytes(data)
        try:
            return as_csv(next(tables(path, known)))
        except RoundsError:
            return None

    return loaded


def test_the_table_and_its_pollutions_have_the_benchmarks_shape(files: list[Polluted]) -> None:
    rows = source().rows
    assert (len(rows), {len(row.cells) for row in rows}) == (84, {9})
    assert len({file.name for file in files}) == len(files) == 2290
    kinds = Counter("_".join(f.name.split("_")[:2]) for f in files if f.name.startswith("row"))
    assert kinds == {"row_more": 756, "row_less": 672, "row_extra": 756, "row_field": 84}


def test_files_are_spoiled_as_their_names_say(files: list[Polluted]) -> None:
    rows = [f for f in files if f.name.startswith(("row_more_sep_row1_", "row_less_sep_row1_"))]
    rows += [f for f in files if f.name.startswith(("row_extra_quote1_", "row_field"))]
    lines = {f.name: f.data.decode().split("\r\n") for f in rows}
    first = "13/01/2025,00:00,0,AK-1000,$0.00,Men's Walking Boot,\"A boot"
    assert lines["row_more_sep_row1_col0"][1].startswith("," + first)
    assert lines["row_less_sep_row1_col1"][1].startswith("13/01/202500:00,0,")
    assert lines["row_extra_quote1_col0"][1].startswith('"' + first)
    assert lines["row_extra_quote1_col6"][1].startswith(first.replace(',"A', ',""A'))
    assert lines["row_field_delimiter_0_0x20"][0].startswith("DATE TIME Qty")


def test_marks_by_hand() -> None:
    clean = [["a", "b"], ["1", "2"], ["3", "4"]]
    assert marks(clean, "A,b\r\n1,2\r\n3,4\r\n") == [1, 1, 1, 1, 1, 1, 1, 5 / 6, 5 / 6, 5 / 6]
    # One of two records, four of six cells, and nothing too much.
    assert marks(clean, "a,b\r\n1,2\r\n") == pytest.approx(
        [1, 1, 1, 1, 1 / 2, 1, 2 / 3, 4 / 6, 1, 4 / 5]
    )
    assert marks(clean, None) == [0] * 10
    assert marks([], "") == [1] * 10


def test_whole_files_spoiled_are_read_without_loss(files: list[Polluted], load: Load) -> None:
    lost = {
        f.name
        for f in files
        if not f.name.startswith("row") and sum(marks(f.clean, load(f.data))) < 10
    }
    assert lost == {
        "file_no_payload",  # refused: an empty file is no table
        "file_header_multirow_2", "file_header_multirow_3",  # headings that only come again
        "file_multitable_same",  # so do these: they stand at the top of a page
        "file_field_delimiter_0x20",  # words with blanks in them, parted by blanks
        "file_quotation_char_0x27",  # quoted by one sign, escaped by another
    }  # fmt: skip


def test_one_file_in_forty(files: list[Polluted], load: Load) -> None:
    simple, _ = scores(files[::40], load)
    assert simple >= 9.9


@pytest.mark.soak
def test_the_whole_benchmark(files: list[Polluted], load: Load) -> None:
    simple, weighted = scores(files, load)
    print(f"\nPollock: simple {simple:.4f}, weighted {weighted:.4f}, of 10")
    assert simple >= 9.95
    assert weighted >= 9.85
