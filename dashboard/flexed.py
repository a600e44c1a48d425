"""How much of a gap to budget is volume: the budget for the visits that came, by subject."""

from __future__ import annotations

import polars as pl

from dashboard import format as fmt
from dashboard import layout, sentences, store_scenarios
from dashboard.components import Cell, Column, Row, responsive_table
from dashboard.scope import Scope
from pipelines.analysis.causes.flex import Flex
from pipelines.wording import findings


def draw(chosen: Scope, currency: str) -> None:
    """A table of subjects, where any of them follows volume."""
    flex = store_scenarios.flexed(chosen.period, chosen.where)
    frame = flex.by("subject").filter(pl.col("currency") == currency)
    if flex.frame.filter(pl.col("currency") == currency, pl.col("why").is_null()).is_empty():
        return
    whole = flex.by().filter(pl.col("currency") == currency).row(0, named=True)
    layout.block(
        findings.volume_explains(whole["volume"], whole["spending"], currency),
        f"{fmt.currency_symbol(currency).strip()} thousand. For the volume: what the budget would "
        "have been for the visits and resident days that came.",
    )
    rows = [
        Row(_cells(sentences.SUBJECTS.get(row["subject"], row["subject"].capitalize()), row))
        for row in frame.sort(pl.col("spending"), descending=True).iter_rows(named=True)
    ]
    rows.append(Row(_cells("All subjects", whole), total=True))
    columns = [
        Column("Subject"),
        Column("Budget", align="right", phone="second"),
        Column("For the volume", align="right", phone="second"),
        Column("Actual", align="right", phone="second"),
        Column("By volume", align="right", phone="second"),
        Column("The rest", align="right", phone="value"),
    ]
    responsive_table(columns, rows, key=f"flex-{currency}", label="The budget for the volume")
    layout.note(_made(flex))


def _cells(name: str, row: dict[str, float]) -> list[Cell | str]:
    return [
        name,
        fmt.thousands(row["budget"]),
        fmt.thousands(row["flexed"]),
        fmt.thousands(row["actual"]),
        fmt.thousands(row["volume"], signed=True),
        fmt.thousands(row["spending"], signed=True),
    ]


def _made(flex: Flex) -> str:
    unknown = flex.frame.filter(pl.col("why").str.contains("volume was|volume is")).height
    said = "Facilities and contracts follow no volume."
    if unknown:
        said += (
            f" For {fmt.counted(unknown, 'month')} of a site and subject no volume is known or "
            "planned, so nothing is excused there."
        )
    return f"{flex.shares} {said}"
