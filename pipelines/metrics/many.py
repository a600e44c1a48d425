"""How many rows stand behind a number, before anybody lists them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from pipelines.calendar import Period
from pipelines.fiscal import Fiscal
from pipelines.metrics import find
from pipelines.metrics.ask import CALENDAR, asked
from pipelines.metrics.compile import column_of
from pipelines.metrics.model import Aggregation, Metric
from pipelines.warehouse.reader import Reader
from pipelines.warehouse.traced import traced


def count_rows(
    reader: Reader,
    metric: str | Metric,
    *,
    period: Period,
    where: Mapping[str, Sequence[str]] | None = None,
    fiscal: Fiscal = CALENDAR,
) -> int:
    """About how many rows stand behind a number: quick to tell, and never too few.

    A row that is part of numerator and denominator counts twice.
    """
    known = metric if isinstance(metric, Metric) else find(metric)
    found = 0
    for measure in filter(None, (known.numerator, known.denominator)):
        lines = replace(measure, value="count(*)", window=None)
        alone = replace(
            known, numerator=lines, denominator=None, aggregation=Aggregation.SUM, needs=()
        )
        # A filter that one side doesn't have leaves that side whole.
        columns = reader.columns[measure.table]
        kept = {name: v for name, v in (where or {}).items() if column_of(name, columns)}
        question = asked(reader, period, (), kept, traced(), fiscal=fiscal)
        found += int(question.values(alone)["numerator"].sum() or 0)
    return found
