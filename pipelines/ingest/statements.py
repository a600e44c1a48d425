"""Financial statements that no feed takes: named for what they are, with what to export instead."""

from __future__ import annotations

import re

import polars as pl

from pipelines.ingest.read import Found

LOOKED_AT = 2000  # records in which the rows of a statement are sought

# What a report says it is, and what to do; the first that fits is told.
TITLES = (
    (r"\bbalance sheet\b", "is a balance sheet, and no feed holds balances"),
    (r"\bcash flows?\b", "is a statement of cash flows, and no feed holds it"),
    (r"\btrial balance\b", "is a trial balance, and no feed holds balances"),
    (r"\b(a/?[pr]|payables?|receivables?) age?ing\b|\baged (payables|receivables)\b",
     "is an ageing of what is owed on a day, and no feed holds it"),
    (r"\b(sales|income) by (patient|customer)\b", "lists sales by person, and was not read"),
)  # fmt: skip
LEDGER = "export the general ledger or transaction detail by account instead."


def statement(found: Found) -> str | None:
    """What a table is that matches no profile, as the rest of a sentence; None if unknown.

    Statements are known by their titles, or by the rows that every one of them has.
    """
    words = _words(next(found.batches(), pl.DataFrame()).head(LOOKED_AT))
    above = [found.part or "", *found.headings, *(c for row in found.preamble for c in row)]
    titles = " \n ".join(above)
    for pattern, told in TITLES:
        if re.search(pattern, titles, re.IGNORECASE):
            return f"{told}: {LEDGER}"
    if {"total assets"} & words and any(w.startswith("total liabilities") for w in words):
        return f"{TITLES[0][1]}: {LEDGER}"
    if {"net income", "net profit", "gross profit"} & words and any(
        w in words for w in ("total income", "total expense", "total expenses", "total revenue")
    ):
        return (
            "is a profit and loss without a column for each month, and the ledger holds months: "
            "export it by month, or " + LEDGER
        )
    return None


def _words(head: pl.DataFrame) -> set[str]:
    """The texts of the records, in lower case."""
    cells = (c for c in head.get_columns() if c.name != "record")
    return {
        text
        for column in cells
        for text in column.drop_nulls().str.strip_chars().str.to_lowercase().unique()
        if not text[:1].isdigit()
    }
