"""One read model for many machines: a home shares it at a place, and others follow it.

The place is a folder that machines mount, or a bucket of object storage. In it stand the current
build, what is kept beside it, people's decisions and passwords, each under a name of its own that
never means anything else, and `shared.json`, which is written last and says what belongs together.
A home that follows keeps all of it on its own disk, where the app reads it like any other; it loads
nothing and decides nothing, for that is done where it comes from. Sessions stay with their machine.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pipelines import state
from pipelines.access import door
from pipelines.errors import StoreProblem, UsageProblem
from pipelines.lake.places import Place
from pipelines.lite import opened
from pipelines.settings import Home
from pipelines.warehouse.publish import current_build, definitions, point

FORM = "rounds-shared-1"
MANIFEST = "shared.json"
DECISIONS, PASSWORDS, SETTINGS = "decisions", "passwords", "settings"
TEXTS = "settings.toml", "holidays.csv", "indexes.csv"
NAME = re.compile(
    r"rounds-[\w-]+\.duckdb|outlook-[\w.@-]+\.npz|(decisions|passwords|settings)-[0-9a-f]{16}\.json"
)
# What one person asked for, noted where it was asked.
OWN = state.What.ASKED, state.What.SNOOZE


@dataclass(frozen=True, slots=True)
class Shared:
    """What stands at a place: a build, the definitions that made it, its files by name.

    `files` has the size in bytes and the SHA-256 of each.
    """

    build: str
    definitions: str
    files: dict[str, dict[str, Any]]
    form: str = FORM

    @property
    def size(self) -> int:
        """The bytes of all files."""
        return sum(int(one["size"]) for one in self.files.values())

    def text(self) -> bytes:
        """As it is written."""
        return json.dumps(asdict(self), indent=1, sort_keys=True).encode()

    def named(self, kind: str) -> str:
        """The name of the one file of a kind. ValueError where there isn't just one."""
        [name] = [name for name in self.files if name.startswith(f"{kind}-")]
        return name


def share(home: Home, to: Place) -> Shared | None:
    """Put what a home shows at a place; None where it stands there already.

    UsageProblem where nothing was published yet; StoreProblem where the place refuses the work.
    """
    build = current_build(home)
    if build is None:
        raise UsageProblem(f"Nothing has been loaded into {home.root} yet: there is no build.")
    if to.local is not None:  # made for its owner alone where it isn't there: password hashes
        to.local.mkdir(mode=0o700, parents=True, exist_ok=True)
    before = _read(to.get(MANIFEST))
    known = before.files if before else {}
    files: dict[str, dict[str, Any]] = {}
    for path in (
        home.warehouse / f"rounds-{build}.duckdb", *home.warehouse.glob(f"outlook-{build}*.npz")
    ):  # fmt: skip
        size = path.stat().st_size
        told = known.get(path.name)
        if told is None or told["size"] != size:
            told = {"size": size, "sha256": _digest(path)}
            to.put(path.name, path)
        files[path.name] = told
    for kind, content in _small(home):
        told = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        name = f"{kind}-{told['sha256'][:16]}.json"
        if name not in known:
            to.put_bytes(name, content)
        files[name] = told
    found = Shared(build, definitions(home), files)
    if found == before:
        return None
    to.put_bytes(MANIFEST, found.text())
    # Who follows may be fetching what stood there before: it goes with the next change.
    for name in set(to.names("")) - files.keys() - known.keys() - {MANIFEST}:
        to.remove(name)
    return found


def follow(home: Home, source: Place) -> Shared | None:
    """Bring a home to what stands at a place; None where it is there already.

    Until all of it is here and was checked, the home shows what it showed. UsageProblem where
    nothing was shared there, or the home can't follow it; StoreProblem where something doesn't come
    as it was shared.
    """
    found = _read(source.get(MANIFEST))
    if found is None:
        raise UsageProblem("Nothing is shared there. Run `rounds share` where files are loaded.")
    if home.record.exists():
        raise UsageProblem(
            f"{home.root} has loads of its own and can't follow others. Give a new folder."
        )
    if home.follows.exists() and home.follows.read_bytes() == found.text():
        return None
    small = {kind: _fetched(source, found, kind) for kind in (DECISIONS, PASSWORDS, SETTINGS)}
    _must_fit(home, found, small[SETTINGS], small[DECISIONS])
    home.make()
    if not home.follows.exists():
        home.follows.write_bytes(b"{}")  # from here on nobody decides anything in it
    _take_settings(home, small[SETTINGS])
    _take_decisions(home, small[DECISIONS])
    for name in found.files:
        if name.endswith((".duckdb", ".npz")):
            _take(source, found, name, home.warehouse / name)
    door.take_passwords(home, small[PASSWORDS])
    point(home, found.build)
    _written(home.follows, found.text())
    return found


def _read(text: bytes | None) -> Shared | None:
    if text is None:
        return None
    try:
        found = Shared(**json.loads(text))
        # Files are written under these names: none of them leads out of the warehouse.
        for kind in ("rounds", DECISIONS, PASSWORDS, SETTINGS):
            found.named(kind)
        safe = all(map(NAME.fullmatch, found.files))
        if found.form == FORM and safe and found.named("rounds") == f"rounds-{found.build}.duckdb":
            return found
    except (ValueError, TypeError):
        pass
    raise UsageProblem(
        f"{MANIFEST} there was not written by this version of Rounds. Bring both to the same."
    )


def _small(home: Home) -> Iterator[tuple[str, bytes]]:
    """Decisions, passwords and settings as JSON: the same text for the same content."""
    kept: list[Any] = []
    if state.place(home).exists():
        with opened(state.place(home), state.LAYOUT) as sql:
            kept = sql.execute(
                f"SELECT * FROM decisions WHERE kind NOT IN ({', '.join('?' * len(OWN))}) "
                "ORDER BY id", OWN,
            ).fetchall()  # fmt: skip
    yield DECISIONS, json.dumps(kept, ensure_ascii=False).encode()
    yield PASSWORDS, json.dumps(door.passwords(home)).encode()
    texts = {name: home.root / name for name in TEXTS}
    found = {name: path.read_text("utf-8") for name, path in texts.items() if path.exists()}
    yield SETTINGS, json.dumps(found, ensure_ascii=False, sort_keys=True).encode()


def _fetched(source: Place, found: Shared, kind: str) -> Any:
    name = found.named(kind)
    content = source.get(name)
    if content is None or hashlib.sha256(content).hexdigest() != found.files[name]["sha256"]:
        raise _altered(name)
    return json.loads(content)


def _take(source: Place, found: Shared, name: str, path: Path) -> None:
    """A file as it was shared, whole or not at all."""
    told = found.files[name]
    if path.exists() and path.stat().st_size == told["size"]:
        return
    draft = path.with_name(f"_{path.name}.part")
    try:
        source.save(name, draft)
        if draft.stat().st_size != told["size"] or _digest(draft) != told["sha256"]:
            raise _altered(name)
        os.replace(draft, path)
    except FileNotFoundError:
        raise _altered(name) from None
    except OSError as error:
        raise StoreProblem(
            f"{path} can't be written ({error.strerror or type(error).__name__}); what was shown "
            "before is shown on. Check the free space; it is tried again."
        ) from error
    finally:
        draft.unlink(missing_ok=True)


def _must_fit(home: Home, found: Shared, texts: Mapping[str, str], rows: list[list[Any]]) -> None:
    """Try beside the home what would stand in it; nothing in it is changed yet.

    UsageProblem where it has decisions of its own, where its settings say other things of the
    group, or where another version of Rounds made what is shared.
    """
    _new(home, rows)
    own = ("settings.toml",) if home.follows.exists() else TEXTS
    kept = {name: home.root / name for name in own if (home.root / name).exists()}
    mine = {**texts, **{name: path.read_text("utf-8") for name, path in kept.items()}}
    with tempfile.TemporaryDirectory(prefix="rounds-follow-") as folder:
        there, here = (Home(Path(folder) / name).make() for name in ("there", "here"))
        for one, told in ((there, texts), (here, mine)):
            for name, text in told.items():
                (one.root / name).write_text(text, encoding="utf-8")
            _take_decisions(one, rows)
        if (there.group(), definitions(there)) != (here.group(), definitions(here)):
            raise UsageProblem(
                f"{', '.join(map(str, kept.values()))}: what stands there says other things of the "
                "group than where it comes from. Make all but [access] and [mail] the same."
            )
        if definitions(there) != found.definitions:
            raise UsageProblem(
                "What is shared there was made by another version of Rounds. Bring both to the "
                "same."
            )


def _take_settings(home: Home, texts: Mapping[str, str]) -> None:
    """The group's lists, and its settings where there are none."""
    for name in TEXTS:
        path = home.root / name
        if name == "settings.toml" and path.exists():
            continue
        if name in texts:
            _written(path, texts[name].encode())
        else:
            path.unlink(missing_ok=True)


def _new(home: Home, rows: list[list[Any]]) -> list[list[Any]]:
    """What was decided since: decisions are never changed, so that the rest is the same."""
    if not state.place(home).exists():
        return rows
    with opened(state.place(home), state.LAYOUT) as sql:
        last = sql.execute("SELECT * FROM decisions ORDER BY id DESC LIMIT 1").fetchone()
    if last is None:
        return rows
    if list(last) not in rows:
        raise UsageProblem(
            f"{home.root} has decisions of its own and can't follow others. Give a new folder."
        )
    return [row for row in rows if row[0] > last[0]]


def _take_decisions(home: Home, rows: list[list[Any]]) -> None:
    new = _new(home, rows)
    with opened(state.place(home), state.LAYOUT) as sql:
        sql.execute("BEGIN IMMEDIATE")
        sql.executemany("INSERT INTO decisions VALUES (?, ?, ?, ?, ?, ?, ?)", new)
        sql.execute("COMMIT")


def _written(path: Path, content: bytes) -> None:
    draft = path.with_name(f"_{path.name}.new")
    draft.write_bytes(content)
    os.replace(draft, path)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _altered(name: str) -> StoreProblem:
    return StoreProblem(
        f"{name} is missing there or is not what was shared; what was shown before is shown on. "
        "It is tried again; if it stays, remove shared.json there and run `rounds share`."
    )
