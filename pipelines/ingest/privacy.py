"""The door: what may not enter, and how workers become pseudonyms.

Only the columns that a profile names are ever read into a fact; everything else is dropped
unread. This module adds the two rules that a profile can't state: files about patients are
refused by their headings, and a worker's number is stored as a keyed pseudonym only.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence

import polars as pl

from pipelines.ingest.sniff import normalise_heading
from pipelines.profiles import Profile

PATIENT = frozenset(
    normalise_heading(heading)
    for heading in (
        "patient", "patient name", "patient id", "patient first name", "patient last name",
        "pt name", "pt id", "mrn", "medical record number", "chart number", "chart no",
        "date of birth", "dob", "birth date", "birthdate", "subscriber id", "member id",
        "member name", "guarantor", "guarantor name", "diagnosis", "diagnosis code", "icd",
        "icd10", "icd 10", "insurance id", "policy holder", "ssn", "social security number",
    )
)  # fmt: skip

# A payroll export carries its own workers' birth dates and numbers: they are dropped, not refused.
ABOUT_WORKERS = frozenset(
    {"dob", "date of birth", "birth date", "birthdate", "ssn", "social security number"}
)


def patient_heading(headings: Sequence[str], profile: Profile | None = None) -> str | None:
    """The first heading that says the file is about patients, as spelled; None when none does."""
    allowed = ABOUT_WORKERS if profile and "labor" in profile.feeds else frozenset()
    for heading in headings:
        name = normalise_heading(heading)
        if name in PATIENT and name not in allowed:
            return heading
    return None


def pseudonyms(workers: pl.Series, secret: bytes) -> pl.Series:
    """Keyed pseudonyms (HMAC-SHA-256, 16 hex digits) of worker numbers; nulls stay null.

    A plain hash of a number of nine digits can be undone by trying all of them; a keyed one can't.
    """
    names = {
        value: hmac.new(secret, value.encode(), hashlib.sha256).hexdigest()[:16]
        for value in workers.unique().drop_nulls().to_list()
    }
    return workers.replace_strict(names, default=None, return_dtype=pl.String)


def identifiers(profile: Profile) -> frozenset[str]:
    """The source columns that name or number a person: masked wherever cells are kept as text."""
    cells = (c.get("worker") for facts in profile.facts for c in (facts.cells, *facts.across))
    used = {
        name
        for cell in cells
        if cell is not None
        for name in ([cell.column] if cell.column else re.findall(r"\{(\w+)\}", cell.text or ""))
    }
    return frozenset(used) | frozenset(profile.names)
