"""What was known then: by a load's number or a day, whatever came since."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from pipelines.calendar import Period
from pipelines.errors import UsageProblem
from pipelines.metrics.ask import ask
from pipelines.settings import Home
from pipelines.warehouse.publish import publish
from pipelines.warehouse.reader import Reader, open_build
from pipelines.warehouse.vintage import event_of
from tests.loading import load_text, record_of

OCTOBER = Period(date(2026, 10, 1), date(2026, 10, 31))
COUNTS = "site,date,grain,measure,count\n"


@pytest.fixture(scope="module")
def restated(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    """October's visits, restated twice, on 5, 9 and 20 November."""
    home = tmp_path_factory.mktemp("restated") / "home"
    for number, day in ((140, 5), (143, 9), (150, 20)):
        load_text(home, f"{COUNTS}E,2026-10-05,day,visits,{number}\n")
        with record_of(home) as record:
            record.sql.execute(
                "UPDATE loads SET moment = ? WHERE event = (SELECT max(event) FROM loads)",
                [f"2026-11-{day:02} 12:00:00"],
            )
    with record_of(home) as record:
        publish(record)
    return open_build(Home(home))


@pytest.mark.parametrize(
    ("as_of", "visits"),
    [
        (1, 140), (2, 143), (3, 150), (99, 150), (None, 150),
        (date(2026, 11, 5), 140), (date(2026, 11, 8), 140), (date(2026, 11, 9), 143),
        (date(2026, 12, 31), 150),
    ],
)  # fmt: skip
def test_a_restated_month(restated: Reader, as_of: int | date | None, visits: int) -> None:
    answer = ask(restated, "visits", period=OCTOBER, as_of=as_of)
    assert answer.value == Decimal(visits)


@pytest.mark.parametrize("as_of", [0, date(2026, 11, 4)])
def test_before_the_first_load_nothing_was_known(restated: Reader, as_of: int | date) -> None:
    with pytest.raises(UsageProblem, match="Nothing had been loaded by then"):
        event_of(restated, as_of)
