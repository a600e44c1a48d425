"""Exports that arrive in a bucket of an S3-compatible store, fetched into the home's inbox.

An object is there once all of it has arrived, so that none is taken half. What was fetched is
known by the store's mark of its content: it is fetched again when that changes, and not because
the inbox was emptied. Once in the inbox it is a file like any other.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from pipelines.errors import UsageProblem
from pipelines.lake.places import Bucket
from pipelines.settings import Home

# What browsers, copying programs and offices call a file while they write it.
UNFINISHED = (".part", ".partial", ".tmp", ".temp", ".crdownload", ".download", ".filepart", ".swp")
SCHEME = "s3://"


def is_hidden(name: str) -> bool:
    """Whether a file's name says that it isn't there for others, or not yet."""
    name = name.lower()
    return name.startswith((".", "~$")) or name.endswith((*UNFINISHED, "~"))


@dataclass(frozen=True, slots=True)
class Object:
    """An object: its name below the bucket's prefix, its content's mark, size and moment."""

    name: str
    mark: str
    size: int
    moment: datetime


class Drop:
    """A bucket (`s3://bucket/prefix`) that is emptied into a folder of the home's inbox.

    UsageProblem for what is no such address, or where the package for it isn't installed.
    """

    def __init__(self, home: Home, url: str) -> None:
        parts = urlsplit(url)
        if not url.startswith(SCHEME) or not parts.netloc or parts.query or parts.fragment:
            raise UsageProblem("A bucket is watched by its address: s3://bucket/prefix.")
        self.bucket = Bucket(url)
        known = hashlib.sha256(url.encode()).hexdigest()[:12]
        self.folder = home.inbox / f"from-{parts.netloc}-{known[:6]}"
        self._memory = home.root / f"bucket-{known}.json"

    def fetch(self, say: Callable[..., None]) -> None:
        """Fetch what is new; `say` is told of each object. StoreProblem where the store refuses.

        An object whose name would lead out of the folder is told, and left where it is.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        known = self._known()
        for one in self._objects():
            if known.get(one.name) == one.mark:
                continue
            if not is_inside(one.name):
                say("not fetched", object=one.name, problem="its name leads out of the inbox")
            else:
                self._get(one)
                say("fetched", object=one.name, bytes=one.size)
            known[one.name] = one.mark
            self._remember(known)

    def _objects(self) -> list[Object]:
        found = []
        for about in self.bucket.listed():
            name = str(about["path"])
            if about["size"] and not is_hidden(name.rpartition("/")[2]):
                mark = str(about.get("e_tag") or about["last_modified"])
                found.append(Object(name, mark, about["size"], about["last_modified"]))
        return found

    def _get(self, one: Object) -> None:
        """Write an object beside its place, and put it there whole, with its own moment."""
        path = self.folder / one.name
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.part")
        self.bucket.save(one.name, draft)
        os.utime(draft, (one.moment.timestamp(),) * 2)
        os.replace(draft, path)

    def _known(self) -> dict[str, str]:
        try:
            found: dict[str, str] = json.loads(self._memory.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return {}  # what was loaded already is told unchanged
        return found

    def _remember(self, known: dict[str, str]) -> None:
        draft = self._memory.with_suffix(".new")
        draft.write_text(json.dumps(known, ensure_ascii=False), encoding="utf-8")
        os.replace(draft, self._memory)


def is_inside(name: str) -> bool:
    """Whether an object's name is one of a file below a folder, on any system."""
    parts = name.split("/")
    odd = any(sign in name for sign in ("\\", ":", "\0")) or not name.isprintable()
    return not odd and all(part not in ("", ".", "..") for part in parts)


def drops(home: Home, sources: tuple[str, ...]) -> tuple[list[Drop], list[Path]]:
    """Buckets and folders of what was given to be watched."""
    buckets = [Drop(home, source) for source in sources if source.startswith(SCHEME)]
    return buckets, [Path(source) for source in sources if not source.startswith(SCHEME)]
