"""Who may import whom, and that the registries are complete. The tables are the design."""

from __future__ import annotations

import ast
import csv
import io
import re
from collections.abc import Iterator
from datetime import date
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import click
import pytest

from pipelines import documentation, reports
from pipelines.calendar import month_span
from pipelines.cli import main
from pipelines.errors import UsageProblem
from pipelines.feeds import FEEDS, Feed, Policy
from pipelines.metrics import DOMAINS, METRICS, Aggregation, Metric, find
from pipelines.metrics.ask import ask
from pipelines.metrics.compile import column_of
from pipelines.metrics.model import Measure
from pipelines.profiles import Profile, known_profiles
from pipelines.settings import Home
from pipelines.warehouse.needs import NEEDS
from pipelines.warehouse.publish import publish
from pipelines.warehouse.reader import Reader, open_build
from pipelines.warehouse.record import Record
from tests.conftest import ROOT

# Each part may import itself and the parts named here; imports inside functions count.
PARTS = {
    "pipelines.errors": set(),
    "pipelines.calendar": {"errors"},
    "pipelines.fiscal": {"calendar", "errors"},
    "pipelines.reference": {"errors"},
    "pipelines.settings": {"errors", "fiscal", "reference"},
    "pipelines.lite": {"errors"},
    "pipelines.state": {"errors", "lite", "settings"},
    "pipelines.feeds": set(),
    "pipelines.profiles": {"errors", "feeds"},
    "pipelines.warehouse": {"calendar", "errors", "feeds", "reference", "settings", "state"},
    "pipelines.access": {"errors", "lite", "settings", "state", "warehouse"},
    "pipelines.ingest": {
        "downloads", "errors", "feeds", "profiles", "settings", "state", "warehouse",
    },
    "pipelines.metrics": {"calendar", "errors", "fiscal", "warehouse"},
    "pipelines.analysis": {
        "calendar", "errors", "feeds", "fiscal", "metrics", "reference", "settings", "state",
        "warehouse",
    },
    "pipelines.format": set(),
    "pipelines.wording": {"analysis", "calendar", "format", "metrics", "notes"},
    "pipelines.packs": {
        "analysis", "calendar", "errors", "fiscal", "format", "metrics", "notes", "settings",
        "warehouse", "wording",
    },
    "pipelines.notes": {
        "calendar", "errors", "fiscal", "ingest", "metrics", "settings", "state", "warehouse",
    },
    "pipelines.digest": {
        "access", "analysis", "errors", "format", "lite", "metrics", "settings", "state",
        "warehouse", "wording",
    },
    "pipelines.room": {"errors", "feeds", "settings", "state", "warehouse"},
    "pipelines.demo": {"errors", "ingest", "settings", "warehouse"},
    "pipelines.serving": {"access", "errors", "settings", "terminal", "warehouse"},
    "pipelines.lake": {"errors", "feeds", "settings", "warehouse"},
    "pipelines.spark": {"errors", "feeds", "lake", "settings", "warehouse"},
    "pipelines.upkeep": {
        "access", "errors", "ingest", "lake", "lite", "settings", "state", "warehouse",
    },
    "pipelines.downloads": set(),
    "pipelines.terminal": set(),
    "pipelines.frames": {"downloads", "errors", "terminal"},
    "pipelines.workbooks": {"downloads", "errors"},
    "pipelines.options": {"access", "errors", "settings"},
    "pipelines.reports": {
        "access", "calendar", "downloads", "errors", "feeds", "ingest", "metrics", "profiles",
        "settings", "terminal", "warehouse",
    },
    "pipelines.commands": {
        "access", "analysis", "calendar", "digest", "errors", "fiscal", "frames", "ingest", "lake",
        "metrics", "notes", "options", "packs", "profiles", "reports", "room", "settings", "spark",
        "state", "terminal", "upkeep", "warehouse",
    },
    "pipelines.cli": {
        "access", "calendar", "commands", "demo", "errors", "fiscal", "frames", "ingest", "lake",
        "metrics", "options", "reports", "serving", "settings", "spark", "terminal", "warehouse",
    },
    "pipelines.documentation": {"cli", "errors", "feeds", "metrics", "profiles"},
    "dashboard": {
        "access", "analysis", "calendar", "digest", "downloads", "errors", "feeds", "fiscal",
        "format", "metrics", "notes", "packs", "profiles", "room", "settings", "state",
        "warehouse", "wording", "workbooks",
    },
}  # fmt: skip

# In these packages a module may import only those that stand before it: the order of the work.
ORDERS = {
    "pipelines.ingest": (
        "cells", "amounts", "moments", "values", "delimited", "spelling", "sniff", "layout",
        "archive", "named", "parquet", "jsonfile", "xmlevents", "xmlfile", "grid",
        "spreadsheetml", "htmlfile", "workbook", "blocks", "read", "persons", "proofs", "scan",
        "privacy", "patients", "kinds", "columns", "wide", "statements", "match", "words",
        "standins", "styles", "conform", "facts", "aggregate", "keys", "totals", "report",
        "check", "answers", "aside", "preview", "guesses", "propose", "inspect", "prepare",
        "outcome", "way", "enter", "run", "corrections", "recall", "correct",
    ),
    "pipelines.warehouse": (
        "batch", "schema", "upgrade", "record", "lend", "settled", "waiting", "load", "undo",
        "needs", "plans", "noticed", "model", "coverage", "mapping", "paid", "timed", "shares",
        "supplied", "shelved", "orders", "rollups", "decided", "ranges", "references", "lattice",
        "enums", "limits", "publish", "traced", "reader", "edits", "codes", "rebases",
        "quarantine", "vintage", "earlier", "changes",
    ),
    "pipelines.metrics": (
        "model", "survival", "staffing", "supplies", "facilities", "equipment", "contracts",
        "payers", "service", "budget", "", "horizon", "compile", "dimensions", "days", "shown",
        "question", "cover", "targets", "targeted", "basis", "adjust", "ask",
        "rows", "many", "behind", "trace", "passport",
    ),
    "pipelines.lake": ("layout", "places", "manifest", "write", "check", "read"),
    "pipelines.spark": ("dialect", "session", "model", "reader", "roll"),
    "pipelines.digest": ("readers", "content", "letter", "post", "go"),
    "pipelines.room": ("tables", "copies", "worker", "said", "query", "kept"),
}  # fmt: skip

# What is known in one place only.
LIBRARIES = {
    "duckdb": (
        "pipelines.warehouse",
        "pipelines.room",
        "pipelines.upkeep",
        "pipelines.lake",
        "pipelines.spark",
    ),
    "pyspark": ("pipelines.spark",),
    "sqlglot": ("pipelines.spark",),
    "obstore": ("pipelines.lake",),
    "fastexcel": ("pipelines.ingest",),
    "streamlit": ("dashboard",),
    "starlette": ("dashboard.gate", "dashboard.server"),
    "plotly": (),  # the browser's, whose file is handed out: see dashboard/served.py
    "click": (
        "pipelines.commands",
        "pipelines.cli",
        "pipelines.options",
        "pipelines.terminal",
        "pipelines.documentation",
    ),
    "rich": ("pipelines.cli",),
    "pptx": ("pipelines.packs",),
    "lxml": ("pipelines.packs",),
    "PIL": ("pipelines.packs",),
    "typst": ("pipelines.packs",),
    "statsmodels": (),  # asked by tests alone
}
SQL = re.compile(r"\b(SELECT\b.*\bFROM|INSERT INTO|CREATE (TABLE|VIEW)|DELETE FROM|UPDATE \w+ SET)|"
                 r"\bselect\b.*\bfrom \w+ (where|group by|order by|join)\b", re.DOTALL)  # fmt: skip


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {
    name_of(path): ast.parse(path.read_text(encoding="utf-8"))
    for top in ("pipelines", "dashboard")
    for path in sorted((ROOT / top).rglob("*.py"))
}


def imports(module: str) -> Iterator[str]:
    """Everything that a module imports, as far down as it names modules of ours."""
    for node in ast.walk(MODULES[module]):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports relatively"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in MODULES else str(node.module)


def within(module: str, part: str) -> bool:
    return module == part or module.startswith(f"{part}.")


def part_of(module: str) -> str | None:
    return next((part for part in PARTS if within(module, part)), None)


def test_every_module_belongs_to_a_part() -> None:
    packages = {"pipelines", *PARTS}
    assert [m for m in MODULES if part_of(m) is None and m not in packages] == []


@pytest.mark.parametrize("part", PARTS)
def test_imports_point_down(part: str) -> None:
    allowed = {part, *(f"pipelines.{name}" for name in PARTS[part])}
    crossings = [
        f"{module} imports {target}"
        for module in MODULES
        if part_of(module) == part
        for target in imports(module)
        if target.partition(".")[0] in ("pipelines", "dashboard") and part_of(target) not in allowed
    ]
    assert crossings == []


@pytest.mark.parametrize("package", ORDERS)
def test_modules_import_only_what_comes_before_them(package: str) -> None:
    order = [f"{package}.{name}".rstrip(".") for name in ORDERS[package]]
    present = {module for module in MODULES if within(module, package)}
    assert present - set(order) <= {package}
    upwards = [
        f"{module} imports {target}"
        for module in present & set(order)
        for target in imports(module)
        if target in order and order.index(target) >= order.index(module)
    ]
    assert upwards == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    # A package's own file lists its modules: it stands above them, not beside them.
    graph = {
        module: {t for t in imports(module) if t in MODULES and not within(module, t)}
        for module in MODULES
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" → ".join(error.args[1]))


def test_pages_do_not_know_each_other() -> None:
    pages = [m for m in MODULES if within(m, "dashboard.views") and m != "dashboard.views"]
    others = [f"{m} imports {t}" for m in pages for t in imports(m) if t in pages]
    assert others == []


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_library_is_known_in_its_place_only(library: str) -> None:
    strangers = [
        module
        for module in MODULES
        for target in imports(module)
        if within(target, library) and not any(within(module, p) for p in LIBRARIES[library])
    ]
    assert strangers == []


def literals(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """(line, text) of every string, an f-string's parts joined."""
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = [n.value for n in node.values if isinstance(n, ast.Constant)]
            yield node.lineno, " ".join(map(str, parts))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


def test_the_dashboard_holds_no_sql() -> None:
    found = [
        f"{module}:{line}"
        for module, tree in MODULES.items()
        if within(module, "dashboard")
        for line, text in literals(tree)
        if SQL.search(text)
    ]
    asked = [
        f"{module}:{node.lineno} calls {node.func.attr}()"
        for module, tree in MODULES.items()
        if within(module, "dashboard")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if node.func.attr in ("query", "execute", "sql")
    ]
    assert (found, asked) == ([], [])


def test_sql_is_recognised() -> None:
    assert SQL.search("SELECT a\nFROM b")
    assert SQL.search("select a from b where c")
    assert not SQL.search("Select a site from the list")


# The registries


@pytest.mark.parametrize("feed", FEEDS.values(), ids=list(FEEDS))
def test_a_feed_is_complete(feed: Feed) -> None:
    assert feed.title
    assert feed.row
    assert [c.name for c in feed.columns if not c.meaning] == []
    assert [c.name for c in feed.columns if c.required and not c.example] == []
    assert [c.name for c in feed.columns if c.choices and c.example not in c.choices] == []
    named = {*feed.key, *feed.slice, *feed.date, *feed.free_text, *filter(None, [feed.money])}
    assert {name.removeprefix("@month:") for name in named} <= set(feed.names)
    assert feed.key if feed.policy is Policy.UPSERT else feed.slice


def test_every_feed_file_is_registered() -> None:
    files = {m.rpartition(".")[2] for m in MODULES if within(m, "pipelines.feeds")}
    assert files - {"feeds", "model"} == set(FEEDS)


@pytest.mark.parametrize("name", FEEDS)
def test_a_feed_has_a_plain_profile_and_template(name: str) -> None:
    plain = known_profiles()[f"rounds_{name}"]
    rows = list(csv.reader(io.StringIO(reports.template_csv(name))))
    assert [list(FEEDS[name].names), [c.example for c in FEEDS[name].columns]] == rows
    assert [s.headings[0] for s in plain.sources] == rows[0]
    assert plain.feeds == (name,)


@pytest.mark.parametrize("profile", known_profiles().values(), ids=list(known_profiles()))
def test_a_profile_is_complete(profile: Profile) -> None:
    assert profile.title
    assert profile.system
    assert [s.name for s in profile.sources if not s.headings] == []
    for facts in profile.facts:
        feed = FEEDS[facts.feed]
        for member in facts.across:
            filled = {**facts.cells, **member}
            assert set(filled) <= set(feed.names)
            assert {c.name for c in feed.columns if c.required} <= set(filled)
    assert set(profile.sites) <= set(FEEDS["sites"].names)
    if profile.amount:
        summed = {d.name for d in profile.derived if d.plus or d.minus}
        measures = {w.name for w in profile.wide}
        assert profile.amount in {s.name for s in profile.sources} | summed | measures


def test_a_profile_bears_the_name_of_its_file() -> None:
    files = {path.stem for path in (ROOT / "pipelines" / "profiles").glob("*.toml")}
    assert files == {name for name in known_profiles() if not name.startswith("rounds_")}


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    """The read model of a home into which nothing was loaded: every table, no row."""
    home = Home(tmp_path_factory.mktemp("empty"))
    with Record.open(home) as record:
        publish(record)
    return open_build(home)


def measures(metric: Metric) -> list[Measure]:
    return [m for m in (metric.numerator, metric.denominator) if m is not None]


@pytest.mark.parametrize("metric", METRICS.values(), ids=list(METRICS))
def test_a_metric_is_complete(metric: Metric, empty: Reader) -> None:
    for name in ("name", "title", "definition", "formula", "source", "traps", "needs"):
        assert getattr(metric, name), name
    assert metric.domain in DOMAINS
    assert metric.definition.endswith(".")
    assert set(metric.needs) <= set(NEEDS)
    assert (metric.denominator is not None) == (metric.aggregation is Aggregation.RATIO)
    assert metric.budget in (None, "all", *SUBJECTS)
    for measure in measures(metric):
        sql = f"{measure.value} {measure.where} {measure.when}"
        used = set(re.findall(r'\bf\."?(\w+)', sql))
        assert used <= empty.columns[measure.table]
        assert "site" in empty.columns[measure.table]


SUBJECTS = ("staffing", "supplies", "facilities", "contracts")


@pytest.mark.parametrize("metric", METRICS)
def test_a_metric_of_an_empty_home_is_unknown_with_a_reason(metric: str, empty: Reader) -> None:
    answer = ask(empty, metric, period=month_span(date(2026, 10, 1)), by=("month",))
    assert answer.frame.select("value", "expected").row(0) == (None, 0)
    assert answer.reason is not None
    assert answer.reason.startswith("no export has brought")


@pytest.mark.parametrize("need", NEEDS)
def test_a_need_is_a_part_of_a_feed(need: str, empty: Reader) -> None:
    assert NEEDS[need].feed in FEEDS
    assert need.partition(".")[0] == NEEDS[need].feed
    assert empty.query(NEEDS[need].query).columns == ["need", "site", "month"]
    if NEEDS[need].daily:
        assert empty.query(NEEDS[need].days).columns == ["need", "whose", "date", "last"]


def test_titles_and_names_of_metrics_are_unique() -> None:
    assert len({metric.title for metric in METRICS.values()}) == len(METRICS)
    assert [name for name, metric in METRICS.items() if find(name) is not metric] == []


def test_no_worker_and_no_amount_is_a_dimension(empty: Reader) -> None:
    for table, column in (("labor", "worker"), ("labor", "hours"), ("spend", "amount")):
        assert column in empty.columns[table]
        assert column_of(column, empty.columns[table]) is None


# The documentation


def test_the_readme_s_generated_parts_are_up_to_date() -> None:
    text = documentation.README.read_text(encoding="utf-8")
    assert documentation.renewed(text) == text, "run python -m pipelines.documentation"


def test_the_readme_names_everything() -> None:
    text = documentation.README.read_text(encoding="utf-8")
    names = [f"rounds {command}" for command in main.commands]
    names += [f"`{name}`" for name in (*FEEDS, *METRICS)]
    names += [f"`{name}`" for name in known_profiles() if not name.startswith("rounds_")]
    assert [name for name in names if name not in text] == []


def test_the_glossary_holds_every_metric() -> None:
    glossary = reports.glossary()
    for metric in METRICS.values():
        for text in (metric.title, metric.definition, metric.formula, metric.source, metric.traps):
            assert text in glossary


def test_a_readme_without_a_section_is_refused() -> None:
    with pytest.raises(UsageProblem, match="has no section commands"):
        documentation.renewed("# Rounds")


@pytest.mark.parametrize("name", main.commands)
def test_a_command_has_help(name: str) -> None:
    command = main.commands[name]
    assert command.help
    options = [p for p in command.params if isinstance(p, click.Option)]
    assert [option.name for option in options if not option.help] == []
