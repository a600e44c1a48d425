"""Invoice lines by the million, in twelve columns, with the mess of a real export in them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

PIECE = 500_000
HEADINGS = (
    "site", "entity", "document", "line", "date", "due", "account", "supplier", "description",
    "quantity", "amount", "currency",
)  # fmt: skip
SUPPLIERS = [
    f"Supplier {i:04d} Medical, Inc" if i % 5 == 0 else f"Supplier {i:04d} Services"
    for i in range(3000)
]
LINES = ("Cleaning services", "Nitrile gloves, box", "Repair of dishwasher", "Agency nurses, week")


def write(
    path: Path, rows: int, *, mess: bool, start: int = 0, raised: str = "", told: bool = False
) -> None:
    """A CSV of so many lines, numbered from `start`; the same arguments give the same bytes.

    With mess, of 1,000 lines about 20 have amounts in parentheses, 30 a currency sign, 10 padding,
    1 no number, 0.5 an impossible date, 1 no supplier, and 0.1 repeat the line before. `raised` is
    put before each amount, so that another file restates the same lines. `told` gives each line a
    description of its own.
    """
    with path.open("wb") as file:
        for first in range(start, start + rows, PIECE):
            count = min(PIECE, start + rows - first)
            # A whole piece is drawn each time, so that a shorter file has the same lines.
            frame = _lines(first, PIECE, raised).head(count)
            if told:
                number = pl.int_range(first, first + count).cast(pl.String)
                frame = frame.with_columns(
                    pl.concat_str(
                        "description", pl.lit(", order "), number, pl.lit(", second floor")
                    )
                )
            if mess:
                frame = _messed(frame, first)
            frame.select(HEADINGS).write_csv(file, include_header=first == start)


def _lines(first: int, count: int, raised: str) -> pl.DataFrame:
    chance = np.random.default_rng(first)
    number = np.arange(first, first + count)
    day = np.datetime64("2023-11-01") + np.sort(chance.integers(0, 1096, count))
    cents = np.round(chance.gamma(1.5, 300, count), 2)
    sites = [f"S{i:03d}" for i in range(500)]
    accounts = [str(6000 + 10 * i) for i in range(40)]
    return pl.DataFrame(
        {
            "site": chance.choice(sites, count),
            "entity": chance.choice(["Rounds Care Inc", "Rounds Homes LLC"], count),
            "document": [f"INV-{n // 3:08d}" for n in number],
            "line": [str(n % 3 + 1) for n in number],
            "date": pl.Series(day).cast(pl.Date).dt.strftime("%m/%d/%Y"),
            "due": pl.Series(day + 30).cast(pl.Date).dt.strftime("%m/%d/%Y"),
            "account": chance.choice(accounts, count),
            "supplier": chance.choice(SUPPLIERS, count),
            "description": chance.choice(LINES, count),
            "quantity": chance.integers(1, 200, count).astype(str),
            "amount": pl.Series(np.char.mod(raised + "%.2f", cents)),
            "currency": "USD",
        }
    )


def _messed(frame: pl.DataFrame, first: int) -> pl.DataFrame:
    luck = pl.Series(np.random.default_rng(first + 1).random(frame.height))
    amount = pl.col("amount")
    messed = frame.with_columns(luck=luck).with_columns(
        amount=pl.when(pl.col("luck") < 0.020).then(pl.concat_str(pl.lit("("), amount, pl.lit(")")))
        .when(pl.col("luck") < 0.050).then("$ " + amount)
        .when(pl.col("luck") < 0.060).then(" " + amount + " ")
        .when(pl.col("luck") < 0.061).then(pl.lit("n/a"))
        .otherwise(amount),
        date=pl.when(pl.col("luck") > 0.9995).then(pl.lit("13/45/2024")).otherwise("date"),
        supplier=pl.when(pl.col("luck") > 0.9985).then(pl.lit("")).otherwise("supplier"),
    )  # fmt: skip
    again = pl.col("luck").is_between(0.5, 0.5001)
    return messed.with_columns(
        pl.when(again).then(pl.col(c).shift(1)).otherwise(c) for c in HEADINGS
    )
