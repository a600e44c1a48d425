"""One small demo group for all tests of this folder, and plain readers of its files."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import polars as pl
import pytest

from pipelines.demo import DemoGroup, Story, write_demo

TODAY = date(2026, 10, 31)
SMALL = 0.1


@pytest.fixture(scope="session")
def group(tmp_path_factory: pytest.TempPathFactory) -> DemoGroup:
    return write_demo(tmp_path_factory.mktemp("demo"), today=TODAY, scale=SMALL)


@pytest.fixture(scope="session")
def read(group: DemoGroup) -> Callable[[str], pl.DataFrame]:
    """All CSVs that match a pattern, as text, with the file's name in `file`."""

    def read_files(pattern: str) -> pl.DataFrame:
        paths = sorted(group.folder.glob(pattern))
        assert paths, pattern
        return pl.concat(
            pl.read_csv(path, infer_schema=False).with_columns(file=pl.lit(path.name))
            for path in paths
        )

    return read_files


@pytest.fixture(scope="session")
def code(read: Callable[[str], pl.DataFrame]) -> Callable[[str, str], str]:
    """What a system calls a site, from the register."""
    register = dict(read("sites/sites.csv").select("site", "codes").iter_rows())

    def code_of(system: str, site: str) -> str:
        pairs = dict(pair.split("=") for pair in register[site].split("; "))
        return pairs[system]

    return code_of


@pytest.fixture(scope="session")
def story(group: DemoGroup) -> Callable[[str], Story]:
    stories = {story.name: story for story in group.stories}
    return stories.__getitem__


def months_of(column: str, form: str) -> pl.Expr:
    """The first day of the month of a column of dates written in `form`."""
    return pl.col(column).str.to_date(form).dt.truncate("1mo").alias("month")


@pytest.fixture(scope="session")
def paychex(read: Callable[[str], pl.DataFrame]) -> pl.DataFrame:
    """Pay lines, corrected files in place of the first ones, with numbers and months."""
    frame = read("payroll/paychex/*.csv")
    corrected = frame["file"].unique().str.replace("_corrected", "")
    repeated = corrected.filter(corrected.is_duplicated()).unique().to_list()
    return frame.filter(~pl.col("file").is_in(repeated)).with_columns(
        months_of("Line Date", "%m/%d/%Y"), pl.col("Hours", "Amount").cast(pl.Float64)
    )
