"""Loading files as they finish arriving in a folder, for years, by itself.

The folder is looked at again and again: that works on every disk and share, where notices of the
system don't. A file is ready when neither its size nor its time has changed between two looks, it
was last written a while ago (or, by another clock, in time to come), and its name isn't one that
programs use while they write. Thousands
that come together are loaded in one go, and published once. What can't be loaded because the store
is held or the disk is full is tried again, ever later; what is refused is told, and tried again
when it changes. The ledger knows what was loaded: after a restart nothing is loaded twice.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipelines.errors import RoundsError, StoreProblem, UsageProblem
from pipelines.ingest.outcome import Outcome
from pipelines.ingest.run import ingest
from pipelines.lake.write import follow
from pipelines.settings import Home
from pipelines.upkeep.drop import Drop, is_hidden
from pipelines.warehouse.publish import is_current, publish
from pipelines.warehouse.record import Record

EVERY = 5.0  # seconds between two looks
QUIET = 10.0  # seconds since a file was last written, before it is taken as whole
FIRST, LATEST = 10.0, 900.0  # seconds of the first wait after a failure, and of the longest
AT_ONCE = 500  # files in one go: each go ends with a publish
Log = Callable[[dict[str, Any]], None]


@dataclass(frozen=True, slots=True)
class State:
    """How a file stood at one look."""

    size: int
    modified: int  # nanoseconds since the epoch


@dataclass(slots=True)
class Counts:
    """What was done since the start, for OpenMetrics."""

    files: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(("loaded", "unchanged", "refused"), 0)
    )
    records: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(
            ("accepted", "duplicate", "quarantined", "furniture"), 0
        )
    )
    failures: int = 0
    publishes: int = 0
    waiting: int = 0
    looked: float = 0.0
    loaded: float = 0.0

    def add(self, outcome: Outcome, now: float) -> None:
        """Count one table of a file."""
        self.files[outcome.status] += 1
        if outcome.loaded is not None:
            self.loaded = now
            for name in self.records:
                self.records[name] += getattr(outcome.loaded, name)

    def text(self) -> str:
        """The counts as OpenMetrics 1.0 text."""
        lines = ["# TYPE rounds_files counter", "# HELP rounds_files Tables of files, by outcome."]
        lines += [f'rounds_files_total{{outcome="{name}"}} {n}' for name, n in self.files.items()]
        lines += ["# TYPE rounds_records counter", "# HELP rounds_records Records, by outcome."]
        lines += [
            f'rounds_records_total{{outcome="{name}"}} {n}' for name, n in self.records.items()
        ]
        for name, kind, words, value in (
            ("rounds_failures", "counter", "Goes that the store refused.", self.failures),
            ("rounds_publishes", "counter", "Builds that were published.", self.publishes),
            ("rounds_files_waiting", "gauge", "Files that are not ready or must be tried again.",
             self.waiting),
            ("rounds_last_look_seconds", "gauge", "When the folder was last looked at.",
             self.looked),
            ("rounds_last_load_seconds", "gauge", "When a file was last loaded.", self.loaded),
        ):  # fmt: skip
            suffix = "_total" if kind == "counter" else ""
            lines += [f"# TYPE {name} {kind}", f"# HELP {name} {words}", f"{name}{suffix} {value}"]
        return "\n".join([*lines, "# EOF", ""])


@dataclass(slots=True)
class Rest:
    """How often in a row something was refused, and until when it isn't tried again.

    By a clock that nobody sets: one that is put back must not prolong a rest.
    """

    failed: int = 0
    until: float = 0.0

    def more(self) -> float:
        """Rest longer than the last time; return for how many seconds."""
        self.failed += 1
        pause: float = min(FIRST * 2 ** min(self.failed - 1, 10), LATEST)
        self.until = time.monotonic() + pause
        return pause


class Watch:
    """Watches folders, and buckets, for one home. `log` gets a dictionary a file or event."""

    def __init__(
        self, home: Home, folders: Iterable[Path], log: Log, *, quiet: float = QUIET,
        remove: bool = False, metrics: Path | None = None, drops: Sequence[Drop] = (),
    ) -> None:  # fmt: skip
        self.home, self.folders, self.log, self.drops = home, [*folders], log, drops
        self.quiet, self.remove, self.metrics = quiet, remove, metrics
        self.counts = Counts()
        self._seen: dict[Path, State] = {}  # at the last look
        self._done: dict[Path, State] = {}  # as they were when they were loaded or refused
        self._rest = Rest()  # after goes that the store refused
        self._rests = [Rest() for _ in self.drops]  # after fetches that a bucket refused
        self._owed = home.record.exists()  # whether something may be loaded and not published
        for folder in self.folders:
            if not folder.is_dir():
                raise UsageProblem(
                    f"There is no folder {folder} to watch. Make it, or give another."
                )

    def look(self) -> list[Outcome]:
        """Look once: load and publish what is ready; return what became of it.

        Nothing that can happen to a file or to the store is raised: it is logged, and tried again.
        """
        now, beat = time.time(), time.monotonic()
        self._fetch(beat)
        found = dict(self._found())
        ready = [
            path for path, state in found.items()
            if self._seen.get(path) == state and self._done.get(path) != state
            and not 0 <= now - state.modified / 1e9 < self.quiet
        ]  # fmt: skip
        self._seen = found
        self._done = {path: state for path, state in self._done.items() if path in found}
        outcomes: list[Outcome] = []
        if (ready or self._owed) and beat >= self._rest.until:
            for first in range(0, max(len(ready), 1), AT_ONCE):
                outcomes += self._load(ready[first : first + AT_ONCE], found)
        self.counts.looked = time.time()
        self.counts.waiting = sum(self._done.get(path) != state for path, state in found.items())
        self._tell()
        return outcomes

    def run(self, stopped: Callable[[float], bool], every: float = EVERY) -> None:
        """Look again and again until `stopped`, which waits so many seconds, says so."""
        buckets = [drop.bucket.url for drop in self.drops]
        self._say("watching", folders=[str(folder) for folder in self.folders], buckets=buckets)
        while True:
            self.look()
            if stopped(every):
                break
        self._say("stopped")

    def _fetch(self, beat: float) -> None:
        """Bring what is new in the buckets; one that can't be reached is tried again later."""
        for drop, rest in zip(self.drops, self._rests, strict=True):
            if beat < rest.until:
                continue
            try:
                drop.fetch(self._say)
                rest.failed = 0
            except (StoreProblem, OSError) as error:
                self._put_off(rest, error)

    def _put_off(self, rest: Rest, error: Exception) -> None:
        self.counts.failures += 1
        pause = rest.more()
        said = str(error) if isinstance(error, RoundsError) else type(error).__name__
        self._say("put off", problem=said, seconds=pause)

    def _load(self, paths: list[Path], found: dict[Path, State]) -> list[Outcome]:
        """Load some files and publish them; what the store refuses is put off."""
        outcomes: list[Outcome] = []
        try:
            with Record.open(self.home) as record:
                self._owed = True
                for path in paths:
                    outcomes += self._one(record, path, found[path])
                if not is_current(record):
                    self._say("published", build=publish(record))
                    self.counts.publishes += 1
                follow(record)
                self._owed = False
        except (StoreProblem, OSError) as error:
            self._put_off(self._rest, error)
            return outcomes
        self._rest.failed = 0
        return outcomes

    def _one(self, record: Record, path: Path, state: State) -> list[Outcome]:
        """Load one file; what is wrong with it concerns no other file."""
        if _state(path) != state:  # it went on growing, or is gone
            return []
        began = time.monotonic()
        try:
            outcomes = ingest(record, [path], remove=self.remove)
        except StoreProblem:
            raise
        except RoundsError as error:
            outcomes = [Outcome(path.name, None, None, "refused", problem=str(error))]
        self._done[path] = state
        seconds = round(time.monotonic() - began, 3)
        for outcome in outcomes:
            self.counts.add(outcome, time.time())
            told = outcome.as_json()
            self._say("file", seconds=seconds, **{k: v for k, v in told.items() if k != "rows"})
        return outcomes

    def _found(self) -> Iterator[tuple[Path, State]]:
        """Every file below the folders that may be an export, with how it stands."""
        for folder in dict.fromkeys([*self.folders, *(drop.folder for drop in self.drops)]):
            for path in sorted(folder.rglob("*")):
                if not is_hidden(path.name) and (state := _state(path)) is not None:
                    yield path, state

    def _say(self, event: str, **told: Any) -> None:
        moment = datetime.now(UTC).isoformat(timespec="milliseconds")
        self.log({"time": moment, "event": event, **told})

    def _tell(self) -> None:
        """Write the metrics whole, so that nobody reads half of them."""
        if self.metrics is None:
            return
        draft = self.metrics.with_name(f"{self.metrics.name}.new")
        try:
            draft.write_text(self.counts.text(), encoding="utf-8")
            draft.replace(self.metrics)
        except OSError as error:
            self._say("no metrics", problem=type(error).__name__)


def _state(path: Path) -> State | None:
    """How a file stands; None for what is no plain file, can't be read, or has gone."""
    try:
        about = path.stat(follow_symlinks=False)
    except OSError:
        return None
    if not path.is_file() or path.is_symlink() or about.st_size == 0:
        return None
    return State(about.st_size, about.st_mtime_ns)
