"""The parts of the README that the code writes: commands, profiles, measures, feeds, the tree.

Each stands between two markers, `<!-- feeds:start -->` and `<!-- feeds:end -->`.
`python -m pipelines.documentation` writes them anew; a test fails where they are out of date.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import click

from pipelines.cli import main
from pipelines.errors import UsageProblem
from pipelines.feeds import FEEDS, Policy
from pipelines.metrics import DOMAINS, METRICS
from pipelines.profiles import known_profiles

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
AGAIN = {
    Policy.REPLACE: "a file replaces the slices that it holds",
    Policy.UPSERT: "a later row replaces the one with its key",
}
# What the folders that hold no code of their own are for, and those above them.
FOLDERS = {
    "pipelines": "everything from a file to a number",
    "dashboard": "everything from a number to a person",
    "dashboard/static": "the typeface and the logo",
    "data": "the invented group's story, files for running as a service; homes live here untracked",
    "tests": "one folder for each of the above, and exports of every system",
}


def commands() -> str:
    """A table of the command line's commands, with their arguments and the first line of help."""
    rows = (
        (
            f"`rounds {' '.join((name, *_arguments(command)))}`",
            command.get_short_help_str(limit=200),
        )
        for name, command in main.commands.items()
    )
    return _table(("Command", "What it does"), rows)


def _arguments(command: click.Command) -> Iterator[str]:
    for parameter in command.params:
        if isinstance(parameter, click.Argument):
            name = str(parameter.name).upper()
            yield f"{name}…" if parameter.nargs == -1 else name


def profiles() -> str:
    """A table of the source systems' profiles; our own layout stands with the feeds."""
    plain = {f"rounds_{feed}" for feed in FEEDS}
    shipped = (p for p in known_profiles().values() if p.name not in plain)
    rows = ((f"`{p.name}`", p.title, ", ".join(p.feeds) or "none: it is refused") for p in shipped)
    return _table(("Profile", "Export", "Feeds it fills"), rows)


def metrics() -> str:
    """A table of the measures of each domain."""
    tables = []
    for domain, title in DOMAINS.items():
        rows = (
            (m.title, f"`{m.name}`", m.definition, m.formula)
            for m in METRICS.values()
            if m.domain == domain
        )
        tables.append(f"**{title}**\n\n" + _table(("Measure", "Name", "What", "Formula"), rows))
    return "\n\n".join(tables)


def feeds() -> str:
    """A table of the feeds, and what happens when their facts come again."""
    rows = (
        (f"`{feed.name}`", f"{feed.row}", AGAIN[feed.policy], f"`rounds template {feed.name}`")
        for feed in FEEDS.values()
    )
    return _table(("Feed", "A row is", "When it comes again", "Plain layout"), rows)


def tree() -> str:
    """The folders of the code, each with the first line of its docstring."""
    folders = [top for top in ("pipelines", "dashboard", "data", "tests") if (ROOT / top).is_dir()]
    lines = []
    for top in folders:
        lines.append((f"{top}/", FOLDERS[top]))
        for folder in sorted(p for p in (ROOT / top).iterdir() if _is_shown(top, p)):
            lines.append((f"  {folder.name}/", described(folder)))
    width = max(len(name) for name, _ in lines) + 2
    return "\n".join(["```", *(f"{name:<{width}}{what}" for name, what in lines), "```"])


def _is_shown(top: str, folder: Path) -> bool:
    code = top in ("pipelines", "dashboard") and (folder / "__init__.py").exists()
    return code or f"{top}/{folder.name}" in FOLDERS


def described(folder: Path) -> str:
    """What a folder is for. UsageProblem where nobody has said so."""
    name = folder.relative_to(ROOT).as_posix()
    package = folder / "__init__.py"
    text = ast.get_docstring(ast.parse(package.read_text("utf-8"))) if package.exists() else None
    if not text and name not in FOLDERS:
        raise UsageProblem(f"{name}/__init__.py doesn't say what it is for. Give it a docstring.")
    first = " ".join((text or FOLDERS[name]).partition("\n\n")[0].split()).rstrip(".")
    return first.replace("`", "")


SECTIONS: dict[str, Callable[[], str]] = {
    "commands": commands,
    "profiles": profiles,
    "metrics": metrics,
    "feeds": feeds,
    "tree": tree,
}


def renewed(text: str) -> str:
    """A text with its generated sections written anew. UsageProblem where a marker is missing."""
    for name, section in SECTIONS.items():
        start, stop = f"<!-- {name}:start -->", f"<!-- {name}:end -->"
        if text.count(start) != 1 or text.count(stop) != 1:
            raise UsageProblem(f"The text has no section {name}: give it one {start} and {stop}.")
        body = f"{start}\n\n{section()}\n\n{stop}"
        text = re.sub(f"{start}.*?{stop}", lambda _, body=body: body, text, flags=re.DOTALL)  # type: ignore[misc]
    return text


def _table(headings: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    heads = list(headings)
    lines = [heads, ["---"] * len(heads), *([c.replace("|", "\\|") for c in row] for row in rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


if __name__ == "__main__":
    README.write_text(renewed(README.read_text(encoding="utf-8")), encoding="utf-8")
    sys.stdout.write(f"Wrote the generated parts of {README.name}.\n")
