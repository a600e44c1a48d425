"""The study of a build's costs, made in the background: no page waits for it."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from datetime import date
from pathlib import Path

from dashboard.memory import remembered
from pipelines.analysis.outlook.accounts import year_by_account
from pipelines.analysis.outlook.landing import ACCOUNT, Landing, fiscal_months, landed, year_of
from pipelines.analysis.outlook.study import Study, study
from pipelines.analysis.outlook.year import Year
from pipelines.errors import UsageProblem
from pipelines.settings import Home
from pipelines.warehouse.reader import Reader

Where = tuple[tuple[str, tuple[str, ...]], ...]
PATIENCE = 0.3  # seconds that a page gives it: what is kept beside the build is read in less
KEPT = 40  # scopes of builds whose study stays in memory

_made: dict[str, Future[Study]] = {}
_files: dict[str, Path] = {}  # of the builds
_lock = threading.Lock()
_worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="study")


def begin(reader: Reader) -> Future[Study]:
    """Begin the study of what a viewer sees of a build, unless it was begun.

    It is made once for all sessions of this process that see the same. What it finds is kept
    beside the build, where every other process finds it.
    """
    with _lock:
        if reader.key not in _made:
            gone = [key for key, path in _files.items() if not path.exists()]
            for old in {*list(_made)[: 1 - KEPT], *gone}:
                _made.pop(old, None)
                _files.pop(old, None)
            _made[reader.key] = _worker.submit(study, reader)
            _files[reader.key] = reader.path
        return _made[reader.key]


def study_of(reader: Reader) -> Study | None:
    """The study of a build; None while it is being made. UsageProblem where there can be none."""
    made = begin(reader)
    with suppress(TimeoutError):
        return made.result(timeout=PATIENCE)
    return None


def is_being_made(reader: Reader) -> bool:
    """Whether the study of a build isn't there yet, after it was given the time a page gives."""
    try:
        return study_of(reader) is None
    except UsageProblem:
        return False


def landing(reader: Reader, month: date, by: tuple[str, ...], where: Where) -> Landing | None:
    """The landing of a month's year; None where it can't be told, or not yet."""
    try:
        found = study_of(reader)
        return None if found is None else _landed(reader, reader.key, month, by, where)
    except UsageProblem:
        return None


# Arguments with an underscore are no part of a cache's key: the reader's own key stands for them.


@remembered(200)
def _landed(_reader: Reader, build: str, month: date, by: tuple[str, ...], where: Where) -> Landing:
    year = _by_account if ACCOUNT in by else _year
    return landed(year(_reader, build, month), by=by, where=dict(where), build=_reader.build)


@remembered(20)
def _year(_reader: Reader, build: str, month: date) -> Year:
    fiscal = Home.find().group().calendar
    span = fiscal_months(fiscal.year(fiscal.number(month)))
    return year_of(_reader, begin(_reader).result(), span, until=month)


@remembered(4)
def _by_account(_reader: Reader, build: str, month: date) -> Year:
    return year_by_account(_reader, _year(_reader, build, month))
