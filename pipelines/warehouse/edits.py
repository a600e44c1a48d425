"""What people set over the budget's files, beside what the files say."""

from __future__ import annotations

import polars as pl

from pipelines.warehouse.reader import Reader


def budget_edits(reader: Reader, *, ever: bool = False) -> pl.DataFrame:
    """(site, subject, month, currency, file, amount, author, moment, reason) of what people set.

    `file` is what the file in force says; `amount` is null where an earlier one was taken back.
    """
    last = (
        "" if ever
        else "QUALIFY amount IS NOT NULL AND row_number() OVER (PARTITION BY d.site, d.subject, "
        "d.month, d.currency ORDER BY number DESC) = 1"
    )  # fmt: skip
    return reader.query(
        "SELECT d.site, d.subject, d.month, d.currency, f.file, d.amount, d.author, d.moment, "
        "d.reason FROM budget_decisions d LEFT JOIN (SELECT site, subject, month, currency, "
        "arg_max(total, (load, record)) AS file FROM (SELECT site, subject, month, currency, "
        "version, sum(amount) AS total, max(load) AS load, max(record) AS record FROM budget "
        "WHERE NOT edited GROUP BY ALL) GROUP BY ALL) f USING (site, subject, month, currency) "
        f"{last} ORDER BY d.number"
    )
