"""Writing packs: which formats there are, and what each file is called."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

from pipelines.errors import UsageProblem
from pipelines.packs.content import Pack

# Each format with the module and the function that sets it: its library is loaded when wanted.
FORMATS = {
    "pptx": ("pipelines.packs.slides", "slides"),
    "xlsx": ("pipelines.packs.workbook", "workbook"),
    "pdf": ("pipelines.packs.paper", "paper"),
}
MEDIA = {
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}


def content_of(pack: Pack, form: str) -> bytes:
    """The pack as a file of a format. UsageProblem for one that isn't known."""
    if form not in FORMATS:
        raise UsageProblem(f"There is no format {form}; known are {', '.join(FORMATS)}.")
    module, name = FORMATS[form]
    written: Callable[[Pack], bytes] = getattr(import_module(module), name)
    return written(pack)


def write_pack(pack: Pack, folder: Path, formats: Sequence[str]) -> list[Path]:
    """Write a pack into a folder, which is made if need be; the paths written."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for form in formats:
        path = folder / f"{pack.stem}.{form}"
        path.write_bytes(content_of(pack, form))
        written.append(path)
    return written
