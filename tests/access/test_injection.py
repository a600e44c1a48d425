"""What stands in files, or what people write, is text on every page: no markup, link or picture.

Every name of a group (sites, regions, roles, suppliers, items, contracts, files, people, views,
scenarios, reasons, notes) tries to be markup. Each text that a page sends is looked at, by where
the browser puts it: as Markdown it must be escaped, as a chart's text it must hold no tag; what
goes into components is set as text by them, which a test of their code holds.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pipelines import notes
from pipelines.access import people
from pipelines.access.people import Person
from pipelines.analysis.kept_views import keep_view
from pipelines.analysis.scenarios import saved
from pipelines.analysis.scenarios.scenario import Scenario
from pipelines.calendar import month_span
from pipelines.digest.readers import Subscription, When, subscribe
from pipelines.downloads import as_it_was, guarded_cell
from pipelines.settings import Home
from pipelines.warehouse import decided
from tests.access.sending import PAGES, sent
from tests.conftest import ROOT
from tests.loading import rounds
from tests.metrics import group as data
from tests.metrics.conftest import load_folder, write

pytestmark = [
    pytest.mark.usefixtures("by_login"),
    pytest.mark.xdist_group("injection"),  # its home is loaded once
]
EVIL = "<img src=x onerror=evil()> ![evil](//evil.test/p) [evil](javascript:evil) **evil**"
SHORT = "<a href=//evil.test>evil</a> **evil**"  # where a colon may not stand, or little fits
# What no text may hold that is read as markup: the marks themselves, not escaped.
MARKUP = re.compile(r"(?<!\\)<(?:img src|a href)|(?<!\\)!\[evil\]|(?<!\\)\[evil\]|(?<!\\)\*\*evil")
TAGS = re.compile(r"<(?:img|a) (?:src|href)=(?:x|//)")  # in a chart's text
NAMES = {"name", "supplier", "vendor", "title", "payer", "item_name", "role", "region", "kind",
         "category", "description"}  # fmt: skip
KINDS = {"labor": {"kind"}, "supply_moves": {"kind"}, "work_orders": {"kind"}, "feedback": {"kind"},
         "volume": {"kind"}, "contracts": {"kind"}, "sites": set[str]()}  # fmt: skip
# Set as text by the browser, whatever stands there.
PLAIN = {
    "BidiComponent", "Selectbox", "MultiSelect", "TextInput", "TextArea", "Code", "PageConfig",
    "Arrow", "Dataframe", "WidgetState", "NewSession",
}  # fmt: skip
QUICK = ("site", "contracts", "what_if")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Home:
    folder = tmp_path_factory.mktemp("evil")
    home = Home(folder / "home")
    home.make()
    (home.root / "settings.toml").write_text(f"name = '{SHORT}'\n", encoding="utf-8")
    for feed, rows in data.final_rows().items():
        names = NAMES - KINDS.get(feed, set())
        lines = [
            {n: f"=1+{v} {EVIL}" if n in names and v else v for n, v in row.items()} for row in rows
        ]
        name = f"{feed} <img src=x onerror=evil()> **evil**"
        write(folder / "in", feed, lines, name)
    people.keep(home, Person("boss", f"Ada {SHORT}", "administrator"))
    people.keep(home, Person("ann", f"Ann {SHORT}", "site-manager", sites=("ELM",)))
    subscribe(home, Subscription("boss", "boss@example.org", When.DAILY))
    month = date(2026, 3, 1)
    keep_view(home, "explore", SHORT, "metric=spend&rows=supplier", "boss")
    saved.save(home, SHORT, Scenario.parse("price:5@site=ELM"), "boss")
    decided.keep(
        home, "overtime_share", ("site", "ELM"), date(2025, 6, 1), Decimal("0.06"), reason=EVIL,
        by="boss",
    )  # fmt: skip
    decided.keep_budget(
        home, "ELM", "supplies", month, "USD", Decimal(1000), reason=EVIL, by="boss"
    )
    reader = load_folder(folder / "in", home)
    for where in ({}, {"site": ["ELM"]}):
        notes.write(reader, home, metric="spend", period=month_span(month), where=where, text=EVIL,
                    action=EVIL, owner="Bo **evil**", by="Ada **evil**")  # fmt: skip
    return home


def texts(message: Any, inside: str = "") -> Iterator[tuple[str, str, str]]:
    """Every text of a message: the kind of message it stands in, its field, and what it says."""
    kind = message.DESCRIPTOR.name
    if kind == "BidiComponent" and message.component_name == "rounds_figure":
        yield "Figure", "figure", json.loads(message.json)["figure"]
    for field, value in message.ListFields():
        for one in value if field.is_repeated and not field_is_map(field) else [value]:
            if field.type == field.TYPE_MESSAGE and not field_is_map(field):
                yield from texts(one, kind)
            elif isinstance(one, str):
                yield kind, field.name, one


def field_is_map(field: Any) -> bool:
    return bool(field.message_type and field.message_type.GetOptions().map_entry)


QUERIES: dict[str, list[dict[str, str]]] = {
    "explore": [{"metric": "spend", "rows": "supplier"}, {"metric": SHORT, "rows": SHORT},
                {"metric": "supply_burn", "rows": "item", "cols": "category", "show": "chart"}],
    "number": [{"metric": "spend", "from": "2026-01-01", "to": "2026-03-31"},
               {"metric": EVIL, "site": EVIL}, {"load": EVIL, "record": EVIL}],
    "site": [{"site": "ELM"}, {"site": EVIL, "month": EVIL}],
    "data": [{"tab": "Loads"}, {"tab": "Mapping"}, {"tab": EVIL}],
    "what_if": [{"scenario": "price:5@site=ELM", "with": SHORT}, {"scenario": EVIL}],
    "overview": [{"region": EVIL, "month": EVIL}],
    "glossary": [{"find": EVIL}],
}  # fmt: skip


@pytest.mark.parametrize(
    "page", [pytest.param(p, marks=() if p in QUICK else pytest.mark.soak) for p in PAGES]
)
@pytest.mark.parametrize("login", ["boss", "ann"])
def test_names_are_no_markup(
    place: Home, login: str, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if login == "ann" and page in QUICK[1:]:
        pytest.skip("opened by who sees everything")
    for query in ({}, *QUERIES.get(page, [])):
        for message in sent(place, login, page, query, monkeypatch):
            for kind, field, text in texts(message):
                if kind == "Figure":
                    assert TAGS.search(text) is None, (query, kind, field, near(text, TAGS))
                elif kind not in PLAIN:
                    assert MARKUP.search(text) is None, (query, kind, field, near(text, MARKUP))


def near(text: str, pattern: re.Pattern[str]) -> str:
    found = pattern.search(text)
    return text[max(0, found.start() - 80) : found.end() + 40] if found else ""


def test_the_names_do_come(place: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """The canary: pages do send them, escaped and in components."""
    told = "".join(map(str, sent(place, "boss", "contracts", {}, monkeypatch)))
    assert "evil" in told
    drawn = sent(place, "boss", "what_if", {"scenario": "price:5@site=ELM"}, monkeypatch)
    figures = [text for one in drawn for kind, _, text in texts(one) if kind == "Figure"]
    assert "&lt;img src=x" in "".join(figures)


def test_components_set_texts_as_texts() -> None:
    code = {p.name: p.read_text(encoding="utf-8") for p in ROOT.glob("dashboard/**/*.js")}
    assert len(code) > 5
    forbidden = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|srcdoc"
    )
    assert [name for name, text in code.items() if forbidden.search(text)] == []


MONTHS = ("--from", "2026-01-01", "--to", "2026-03-31", "--format", "csv")
LISTS = [
    *(("kpi", name, *MONTHS, "--by", by) for name, by in (
        ("spend", "site"), ("spend", "supplier"), ("paid_hours", "role"), ("visits", "region"),
        ("supply_burn", "item"), ("spend", "region,month"))),
    *(("kpi", name, *MONTHS, "--rows") for name in ("spend", "supply_burn", "open_issues")),
    *(("sql", f"FROM {name}", "--format", "csv")
      for name in ("sites", "contracts", "spend", "positions")),
    ("contracts", "--notices", "--format", "csv"), ("contracts", "--ceilings", "--format", "csv"),
    ("supplies", "--runs-out", "--format", "csv"), ("what-if", "--list", "--format", "csv"),
]  # fmt: skip


@pytest.mark.parametrize("line", LISTS, ids=" ".join)
def test_no_cell_of_a_list_acts_as_a_formula(place: Home, line: tuple[str, ...]) -> None:
    """Every name of the group begins as a formula would."""
    done = rounds(*line, "--home", place.root)
    assert done.exit_code == 0, done.output
    heading, *rows = csv.reader(io.StringIO(done.stdout))
    cells = [*heading, *(cell for row in rows for cell in row)]
    assert [c for c in cells if re.match(r"\s*[=+@\t\r]|\s*-(?![\d.,]+$)", c)] == []
    if line[-1] in ("supplier", "role") or "FROM sites" in line:
        assert any(cell.startswith("'=1+") for cell in cells)


@pytest.mark.parametrize(
    ("cell", "written"),
    [("=1+1", "'=1+1"), (" @SUM(A1)", "' @SUM(A1)"), ("-2+3", "'-2+3"), ("-12.50", "-12.50"),
     ("+3", "+3"), ("1,234.50-", "1,234.50-"), ("'=1", "''=1"), ("O'Neill", "O'Neill"),
     ("'tis", "'tis"), ("", ""), ("＝1", "'＝1")],
)  # fmt: skip
def test_a_list_that_people_correct_comes_back_as_it_was(cell: str, written: str) -> None:
    assert guarded_cell(cell) == written
    assert as_it_was(written) == cell


def test_a_digest_holds_no_markup(place: Home, tmp_path: Path) -> None:
    done = rounds("digest", "send", "--now", "--out", tmp_path, "--home", place.root)
    assert done.exit_code == 0, done.output
    [letter] = tmp_path.glob("*.html")
    text = letter.read_text(encoding="utf-8")
    assert "evil" in text
    assert "<img" not in text
    assert "<a href=//" not in text
