"""A question that runs beside the page, so that it can be cancelled."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from dashboard import format as fmt
from dashboard import room, store, viewing
from pipelines.access.roles import Right
from pipelines.errors import RoundsError, UsageProblem
from pipelines.room import kept
from pipelines.room.query import Query, Result

HELD = "sql job"
TOLD = 500  # characters of a question that the audit keeps
FAULT = "Rounds has a fault here; the log of the server says where."


@dataclass(slots=True)
class Job:
    """A question, and its answer or sentence once it is done."""

    query: Query
    person: str
    begun: float = field(default_factory=time.monotonic)
    result: Result | None = None
    problem: str = ""
    done: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Ask, and note for the person that it was asked."""
        try:
            self.result = self.query.run()
            said = fmt.counted(self.result.frame.height, "row")
        except RoundsError as problem:
            self.problem = said = str(problem)
        except Exception:
            self.problem = said = FAULT
            raise
        finally:
            self.done.set()
        seconds = time.monotonic() - self.begun
        kept.note(self.query.home, self.person, self.query.sql, said, seconds)


def begin(sql: str, *, explain: bool) -> None:
    """Ask a question in place of the one before, which is cancelled if it still runs.

    NotShown for who may not ask; nothing is asked that the audit doesn't tell.
    """
    cancel()
    viewing.doing(Right.SQL, "sql", {"question": sql[:TOLD]})
    job = Job(Query(store.home(), room.limits(), sql, explain=explain), room.person())
    st.session_state[HELD] = job
    threading.Thread(target=job.run, daemon=True).start()


def cancel() -> None:
    """Stop the question that runs, if one does."""
    job = current()
    if job is not None and not job.done.is_set():
        job.query.cancel()


def current() -> Job | None:
    """The question asked last in this session, where its person and scope are still the same."""
    job: Any = st.session_state.get(HELD)
    same = isinstance(job, Job) and (job.person, job.query.limits) == (room.person(), room.limits())
    return job if same else None


def whole(job: Job, most: int) -> Result:
    """The answer with up to `most` rows: asked again where the page shows a part of it."""
    if job.result is None:
        raise UsageProblem("There is no answer to download: run the question first.")
    if not job.result.cut:
        return job.result
    return Query(job.query.home, room.limits(), job.query.sql, rows=most).run()
