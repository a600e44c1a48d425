"""Bytes with a name, and how they come out of zip and gzip files."""

from __future__ import annotations

import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipelines.errors import FileProblem
from pipelines.ingest.sniff import sniff_format

LARGEST = 4 << 30  # bytes that a member of an archive may expand to
RATIO = 300  # how far a member may expand, once it is larger than FREE
FREE = 64 << 20
MEMBERS = 2000  # files of an archive

PASSWORD = "is protected by a password; open it, take the password off and save it again."
DAMAGED = "is a damaged zip archive or workbook, perhaps cut short; fetch or export it again."
BOMB = "expands to far more than a table should; unpack it yourself and look what it is."

# What the library raises for a member that isn't as the archive says it is.
_UNREADABLE = (
    zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError,
)  # fmt: skip

_LITTER = re.compile(r"(^|/)(__MACOSX/|\.DS_Store$|Thumbs\.db$|desktop\.ini$|\._)", re.I)


@dataclass(frozen=True, slots=True)
class Source:
    """Bytes, and the file and the part of it that they came from.

    Of a long file `data` is the beginning only, and `long` says so: the file itself is read on.
    """

    path: Path
    part: str | None
    data: bytes
    long: bool = False

    def whole(self) -> Source:
        """The same with all its bytes in memory."""
        return Source(self.path, self.part, self.path.read_bytes()) if self.long else self

    def problem(self, message: str) -> FileProblem:
        """A problem with this source."""
        return FileProblem(self.path, message, self.part)

    def inner(self, name: str, data: bytes = b"") -> Source:
        """A part of this source."""
        part = name if self.part is None else f"{self.part}#{name}"
        return Source(self.path, part, data)


def package(source: Source) -> str | None:
    """What a zip file is: "xlsx", "xlsb", "ods", "zip", or None for other packaged documents.

    FileProblem when it is damaged, or a workbook that is protected or too large.
    """
    with _opened(source) as archive:
        kind = _package(archive)
        if kind in (None, "zip"):
            return kind
        if any(_bomb(member.file_size, member.compress_size) for member in archive.infolist()):
            raise source.problem(BOMB)
        if kind == "ods" and b"encryption-data" in _manifest(archive):
            raise source.problem(PASSWORD)
        if not _sound(archive):  # the workbook reader checks no sums
            raise source.problem(DAMAGED)
        return kind


def unzipped(source: Source) -> Iterator[Source | FileProblem]:
    """The members of a zip file; in place of one that can't be had, what is wrong with it."""
    with _opened(source) as archive:
        members = [m for m in archive.infolist() if not m.is_dir()]
        members = [m for m in members if not _LITTER.search(m.filename)]
        if not members:
            raise source.problem("is an archive with nothing in it; pack it again.")
        if len(members) > MEMBERS:
            raise source.problem(f"holds more than {MEMBERS:,} files; unpack it and load those.")
        for member in members:
            try:
                yield _member(source, archive, member)
            except FileProblem as problem:
                yield problem


def gunzipped(source: Source) -> Source:
    """What a gzip file holds; FileProblem when it is damaged, too large or an archive again."""
    pieces: list[bytes] = []
    size = 0
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(source.data)) as stream:
            while piece := stream.read(1 << 22):
                size += len(piece)
                if _bomb(size, len(source.data)):
                    raise source.problem(BOMB)
                pieces.append(piece)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise source.problem("is a damaged or cut-off gzip file; fetch it again.") from None
    name = Path(source.part or source.path.name).name
    return _not_nested(source.inner(re.sub(r"(?i)\.gz$", "", name), b"".join(pieces)))


def _opened(source: Source) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(io.BytesIO(source.data))
    except _UNREADABLE:
        raise source.problem(DAMAGED) from None


def _sound(archive: zipfile.ZipFile) -> bool:
    try:
        return archive.testzip() is None
    except (RuntimeError, *_UNREADABLE):
        return False


def _package(archive: zipfile.ZipFile) -> str | None:
    names = {name.replace("\\", "/").lower() for name in archive.namelist()}
    if "xl/workbook.bin" in names:
        return "xlsb"
    if any(name.startswith("xl/") for name in names):
        return "xlsx"
    if {"mimetype", "content.xml"} <= names:
        return "ods" if b"spreadsheet" in archive.read("mimetype") else None
    return None if names & {"[content_types].xml", "index/document.iwa"} else "zip"


def _manifest(archive: zipfile.ZipFile) -> bytes:
    name = "META-INF/manifest.xml"
    return archive.read(name) if name in archive.namelist() else b""


def _member(source: Source, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Source:
    part = source.inner(member.filename)
    if member.flag_bits & 1:
        raise part.problem("is protected by a password; pack it again without one.")
    if _bomb(member.file_size, member.compress_size):
        raise part.problem(BOMB)
    try:
        data = archive.read(member)
    except _UNREADABLE:
        raise part.problem("is damaged inside its archive; fetch or pack it again.") from None
    return _not_nested(source.inner(member.filename, data))


def _bomb(expanded: int, packed: int) -> bool:
    return expanded > LARGEST or (expanded > FREE and expanded > RATIO * max(packed, 1))


def _not_nested(part: Source) -> Source:
    """The part itself; FileProblem if it is an archive again."""
    format = sniff_format(part.data[:512])
    if format in ("gzip", "tar archive") or (format == "zip" and _package(_opened(part)) == "zip"):
        raise part.problem("is an archive within an archive; unpack the outer one first.")
    return part
