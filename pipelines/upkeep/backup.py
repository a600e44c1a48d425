"""Copies of a home that can be trusted, made while it is in use, and their way back.

A backup is one plain tar: the record, the published build, what people decided, logins, the audit,
the key of the pseudonyms, settings and own profiles, and at its end a manifest with the size and
SHA-256 of each. It is read back and opened before it is called done. The exports themselves stay in
the inbox and are taken only if asked for: all they told stands in the record.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any

import duckdb

from pipelines.errors import StoreProblem, UsageProblem
from pipelines.settings import Home
from pipelines.warehouse.publish import current_build
from pipelines.warehouse.record import Record

FORM = "rounds-backup-1"
MANIFEST = "manifest.json"
LITE = ("state.sqlite", "door.sqlite", "audit.sqlite", "digest.sqlite")
PLAIN = ("secret.key", "oidc.secret", "mail.secret", "settings.toml", "holidays.csv", "indexes.csv")
PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup holds: its files with their sizes, the build, the loads it knows of."""

    path: Path
    made: datetime
    build: str | None
    loads: int
    files: dict[str, int]

    @property
    def size(self) -> int:
        """The bytes of all files."""
        return sum(self.files.values())


def back_up(home: Home, out: Path, *, inbox: bool = False) -> Backup:
    """Write a backup of a home to the file `out`, which must not exist; check it; return it.

    Readers go on reading. A load that is running is waited for, and the next one waits.
    UsageProblem when there is nothing to back up or `out` is there; StoreProblem when it can't be
    written, or doesn't read back as it was.
    """
    if not home.record.exists():
        raise UsageProblem(f"Nothing has been loaded into {home.root} yet: there is no record.")
    if out.exists():
        raise UsageProblem(f"{out} is there already. Give another file.")
    draft = out.with_name(f"{out.name}.part")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        made = _write(home, draft, inbox)
        found = verify(draft)
        if found.files != made:
            raise StoreProblem(f"{out} doesn't hold what was written to it. Check the disk.")
        os.replace(draft, out)
    except OSError as error:
        raise StoreProblem(
            f"{out} can't be written ({error.strerror or type(error).__name__}); nothing was kept. "
            "Check the place and the free space, and try again."
        ) from error
    finally:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
    return verify(out)


def verify(path: Path) -> Backup:
    """Read a backup through: each file's SHA-256, and whether record and build open.

    UsageProblem when it is no backup; StoreProblem when something in it is damaged or missing.
    """
    with tempfile.TemporaryDirectory(prefix="rounds-verify-") as folder:
        return _unpacked(path, Path(folder))


def restore(path: Path, home: Home) -> Backup:
    """Bring a backup back into an empty home.

    It stands there whole or not at all. UsageProblem when the home holds something, or the file is
    no backup; StoreProblem when it is damaged.
    """
    if home.root.exists() and any(home.root.iterdir()):
        raise UsageProblem(
            f"{home.root} is not empty. Restore into a new folder with --home, look at it there, "
            "and put it in the other's place."
        )
    home.root.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{home.root.name}-", dir=home.root.parent) as folder:
        whole = Path(folder) / "home"
        found = _unpacked(path, whole)
        for private in (*LITE, *PLAIN):
            if (whole / private).exists():
                (whole / private).chmod(0o600)
        (whole / "inbox").mkdir(exist_ok=True)
        if home.root.exists():
            home.root.rmdir()
        os.replace(whole, home.root)
    return found


def _write(home: Home, draft: Path, inbox: bool) -> dict[str, int]:
    manifest: dict[str, dict[str, Any]] = {}
    with _private(draft) as file, tarfile.open(fileobj=file, mode="w") as tar:
        # The record is held, so that no load begins before all that belongs to it is copied.
        with Record.open(home, as_it_is=True) as record:
            loads = int(record.rows("SELECT count(*) FROM loads")[0][0])
            record.sql.execute("CHECKPOINT")
            build = current_build(home)
            _add(tar, manifest, home.record, "warehouse/record.duckdb")
            if build is not None:
                name = f"rounds-{build}.duckdb"
                _add(tar, manifest, home.warehouse / name, f"warehouse/{name}")
                _add(tar, manifest, home.current, "warehouse/CURRENT")
            for name in LITE:
                if (home.root / name).exists():
                    _add_lite(tar, manifest, home.root / name, name)
            folders = [home.profiles, *([home.inbox] if inbox else [])]
            plain = [home.root / name for name in PLAIN]
            plain += [p for folder in folders for p in sorted(folder.rglob("*")) if p.is_file()]
            for path in plain:
                if path.exists():
                    _add(tar, manifest, path, path.relative_to(home.root).as_posix())
        about = {
            "form": FORM, "made": datetime.now(UTC).isoformat(timespec="seconds"),
            "build": build, "loads": loads, "files": manifest,
        }  # fmt: skip
        text = json.dumps(about, indent=1).encode()
        tar.addfile(_entry(MANIFEST, len(text)), io.BytesIO(text))
    return {name: one["size"] for name, one in manifest.items()}


@contextlib.contextmanager
def _private(path: Path) -> Iterator[IO[bytes]]:
    """A new file that its owner alone can read: a backup holds all that the home does."""
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def _entry(name: str, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode, entry.mtime = size, 0o600, int(datetime.now(UTC).timestamp())
    return entry


def _add(tar: tarfile.TarFile, manifest: dict[str, dict[str, Any]], path: Path, name: str) -> None:
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        hashed = _Hashed(file)
        tar.addfile(_entry(name, size), hashed)
    manifest[name] = {"size": size, "sha256": hashed.sha.hexdigest()}


def _add_lite(
    tar: tarfile.TarFile, manifest: dict[str, dict[str, Any]], path: Path, name: str
) -> None:
    """A consistent copy of an SQLite file that others may be writing to."""
    with tempfile.TemporaryDirectory(prefix="rounds-backup-") as folder:
        copy = Path(folder) / name
        with (
            contextlib.closing(sqlite3.connect(path)) as source,
            contextlib.closing(sqlite3.connect(copy)) as target,
        ):
            source.backup(target)
        _add(tar, manifest, copy, name)


class _Hashed:
    """A file that is hashed as it is read."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.sha = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        piece = self.file.read(size)
        self.sha.update(piece)
        return piece


def _unpacked(path: Path, folder: Path) -> Backup:
    """Unpack a backup into a folder that isn't there yet or is empty, and check all of it."""
    folder.mkdir(parents=True, exist_ok=True)
    found: dict[str, tuple[int, str]] = {}
    about: dict[str, Any] | None = None
    try:
        with tarfile.open(path, mode="r:") as tar:
            for entry in tar:
                source = tar.extractfile(entry) if entry.isreg() else None
                if source is None or not _is_plain(entry.name):
                    raise UsageProblem(f"{path} is no backup of Rounds.")
                if entry.name == MANIFEST:
                    about = json.loads(source.read())
                    continue
                found[entry.name] = _extracted(source, folder / entry.name)
    except (tarfile.TarError, ValueError, EOFError) as error:
        raise UsageProblem(f"{path} is no backup of Rounds, or is cut short.") from error
    except FileNotFoundError:
        raise UsageProblem(f"There is no file {path}.") from None
    if about is None or about.get("form") != FORM:
        raise UsageProblem(f"{path} is no backup of Rounds that this version reads.")
    for name, told in about["files"].items():
        if found.get(name) != (told["size"], told["sha256"]):
            raise StoreProblem(
                f"{path}: {name} is missing in it or was altered. Take another backup."
            )
    if set(found) != set(about["files"]):
        raise StoreProblem(f"{path} holds files that it doesn't tell of. Take another backup.")
    _opens(path, folder, about)
    return Backup(
        path, datetime.fromisoformat(about["made"]), about["build"], about["loads"],
        {name: size for name, (size, _) in found.items()},
    )  # fmt: skip


def _is_plain(name: str) -> bool:
    """Whether an entry's name stays within the folder that it is unpacked into."""
    parts = PurePosixPath(name).parts
    return bool(parts) and not name.startswith("/") and ".." not in parts and "\\" not in name


def _extracted(source: IO[bytes], target: Path) -> tuple[int, str]:
    target.parent.mkdir(parents=True, exist_ok=True)
    sha, size = hashlib.sha256(), 0
    with target.open("wb") as out:
        while piece := source.read(PIECE):
            sha.update(piece)
            size += out.write(piece)
    return size, sha.hexdigest()


def _opens(path: Path, folder: Path, about: dict[str, Any]) -> None:
    """The record holds the loads that it should, and the build can be read."""
    questions = {folder / "warehouse/record.duckdb": ("SELECT count(*) FROM loads", about["loads"])}
    if about["build"] is not None:
        build = folder / f"warehouse/rounds-{about['build']}.duckdb"
        questions[build] = ("SELECT count(*) FROM build", 1)
    for file, (query, expected) in questions.items():
        try:
            with duckdb.connect(str(file), read_only=True) as sql:
                row = sql.execute(query).fetchone()
        except duckdb.Error as error:
            raise StoreProblem(f"{path}: {file.name} in it can't be opened.") from error
        if row is None or row[0] != expected:
            raise StoreProblem(f"{path}: {file.name} in it doesn't hold what it should.")
