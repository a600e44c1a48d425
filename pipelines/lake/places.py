"""Where a lake lies: in a folder, or in a bucket of an S3-compatible store.

Both know the same few things, and both replace a file whole: whoever reads it sees the former one
or the new one, and never half.
"""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Protocol
from urllib.parse import urlsplit

from pipelines.errors import StoreProblem, UsageProblem


class Place(Protocol):
    """Files by their names, parted by slashes."""

    def put(self, name: str, source: Path) -> None:
        """Keep a file under a name."""

    def put_bytes(self, name: str, content: bytes) -> None:
        """Keep bytes under a name."""

    def get(self, name: str) -> bytes | None:
        """The bytes of a name; None where there is no such file."""

    def names(self, prefix: str) -> list[str]:
        """Every name below a folder."""

    def save(self, name: str, path: Path) -> None:
        """Write what a name holds to a file. FileNotFoundError where there is no such name."""

    def remove(self, name: str) -> None:
        """Delete a file that may be gone already."""

    def fetched(self, name: str) -> contextlib.AbstractContextManager[Path]:
        """A file of the machine's own with what a name holds."""

    @property
    def local(self) -> Path | None:
        """The folder that it is; None for a bucket."""


def place(to: str) -> Place:
    """The place of a lake: a folder, or `s3://bucket/prefix`."""
    if to.startswith("s3://"):
        return Bucket(to)
    if "://" in to:
        raise UsageProblem("A lake lies in a folder or in s3://bucket/prefix. Give it that way.")
    return Folder(Path(to).expanduser())


class Folder:
    """A folder of this machine, or one that it mounts."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def local(self) -> Path | None:
        """The folder itself."""
        return self.root.absolute()

    def put(self, name: str, source: Path) -> None:
        """Copy a file to a draft, and put it in its place."""
        with source.open("rb") as file:
            self._put(name, file)

    def put_bytes(self, name: str, content: bytes) -> None:
        """Write a draft, make sure it is on the disk, and put it in its place."""
        self._put(name, io.BytesIO(content))

    def _put(self, name: str, source: BinaryIO) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"_{path.name}.new")  # engines pass over such names
        with draft.open("wb") as file:
            shutil.copyfileobj(source, file, 1 << 20)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)

    def get(self, name: str) -> bytes | None:
        """The bytes of a file; None where there is none."""
        try:
            return (self.root / name).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None

    def names(self, prefix: str) -> list[str]:
        """Every file below a folder, sorted."""
        found = (p for p in (self.root / prefix).rglob("*") if p.is_file())
        return sorted(p.relative_to(self.root).as_posix() for p in found)

    def save(self, name: str, path: Path) -> None:
        """Copy a file."""
        shutil.copyfile(self.root / name, path)

    def remove(self, name: str) -> None:
        """Delete a file, and the folders that it leaves empty."""
        path = self.root / name
        path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            for above in path.relative_to(self.root).parents:
                if above.parts:
                    (self.root / above).rmdir()

    @contextlib.contextmanager
    def fetched(self, name: str) -> Iterator[Path]:
        """The file itself."""
        yield self.root / name


class Bucket:
    """A bucket of an S3-compatible store, with what the environment says of keys and endpoint."""

    def __init__(self, url: str) -> None:
        try:
            from obstore import exceptions
            from obstore.store import S3Store
        except ImportError:
            raise UsageProblem(
                "A lake in object storage needs the package obstore: pip install 'rounds[s3]'."
            ) from None
        parts = urlsplit(url)
        endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or ""
        options: dict[str, Any] = {"client_options": {"allow_http": endpoint.startswith("http:")}}
        if endpoint:
            options["endpoint"] = endpoint
        self.root = parts.path.strip("/")
        try:
            self.store = S3Store(parts.netloc, prefix=self.root or None, **options)
        except exceptions.BaseError as error:
            raise UsageProblem(
                f"{url} can't be used ({type(error).__name__}). Say where it is and who may write "
                "by AWS_ENDPOINT_URL, AWS_REGION, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
            ) from None
        self.url = url

    @property
    def local(self) -> Path | None:
        """None: it is no folder."""
        return None

    @contextlib.contextmanager
    def _guarded(self) -> Iterator[None]:
        from obstore import exceptions

        try:
            yield
        except exceptions.BaseError as error:
            raise StoreProblem(
                f"{self.url} refused the work ({type(error).__name__}). Check that it can be "
                "reached, and that the keys may read and write there."
            ) from error

    def put(self, name: str, source: Path) -> None:
        """Send a file; it is there once all of it has arrived."""
        import obstore

        with self._guarded():
            obstore.put(self.store, name, source)

    def put_bytes(self, name: str, content: bytes) -> None:
        """Send bytes; they are there once all have arrived."""
        import obstore

        with self._guarded():
            obstore.put(self.store, name, content)

    def get(self, name: str) -> bytes | None:
        """The bytes of an object; None where there is none."""
        import obstore

        with self._guarded():
            try:
                return bytes(obstore.get(self.store, name).bytes())
            except FileNotFoundError:
                return None

    def names(self, prefix: str) -> list[str]:
        """Every object below a folder, sorted."""
        import obstore

        with self._guarded():
            pages = obstore.list(self.store, prefix=prefix or None)
            return sorted(str(one["path"]) for page in pages for one in page)

    def listed(self) -> list[Any]:
        """Every object: (path, last_modified, size, e_tag, …), by name."""
        import obstore

        with self._guarded():
            found = [one for page in obstore.list(self.store) for one in page]
        return sorted(found, key=lambda one: str(one["path"]))

    def save(self, name: str, path: Path) -> None:
        """Write an object to a file, piece by piece."""
        import obstore

        with self._guarded(), path.open("wb") as file:
            for piece in obstore.get(self.store, name).stream():
                file.write(piece)

    def remove(self, name: str) -> None:
        """Delete an object that may be gone already."""
        import obstore

        with self._guarded(), contextlib.suppress(FileNotFoundError):
            obstore.delete(self.store, name)

    @contextlib.contextmanager
    def fetched(self, name: str) -> Iterator[Path]:
        """A copy of an object, for as long as it is needed."""
        content = self.get(name)
        if content is None:
            raise StoreProblem(f"{self.url} lacks a file that its manifest names. Write it anew.")
        with tempfile.TemporaryDirectory(prefix="rounds-lake-") as held:
            path = Path(held) / name.rpartition("/")[2]
            path.write_bytes(content)
            yield path
