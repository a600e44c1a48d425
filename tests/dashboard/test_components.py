"""What the components send to the browser, and what they refuse."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import components as ui
from dashboard.components import link, marks
from dashboard.components.packed import packed
from tests.dashboard.opening import rows_of

FOLDER = Path(ui.__file__).parent


def drawn(script: str) -> list[dict[str, Any]]:
    """The data of the components that a script mounts, in their order."""
    test = AppTest.from_string(f"from dashboard import components as ui\n{script}").run()
    assert not test.exception
    return [json.loads(node.proto.json) for node in test.get("bidi_component")]


def test_attention_rows_are_ranked_and_lead_somewhere() -> None:
    [data] = drawn(
        "ui.attention_list([ui.AttentionItem('Lift 2 at Elmwood failed.', 'Elmwood', 'twice',"
        " '$4k', 'a call', ui.link('site', site='elmwood', month=None)),"
        " ui.AttentionItem('No more.')], key='a', first=3)"
    )
    assert [row["rank"] for row in data["rows"]] == ["3", "4"]
    assert data["rows"][0]["href"] == "/site?site=elmwood"
    assert data["rows"][1]["href"] is None
    assert data["label"] == "What needs attention"


def test_grid_cells_carry_spoken_icons() -> None:
    [data] = drawn(
        "ui.site_grid([ui.GridMeasure('Overtime', '% of hours')], [ui.GridRow('Elmwood', 'Clinic',"
        " [ui.GridCell('14.2 %', 0.142, ui.spark([1, 2, 9], lower=0, upper=4), 'concern_high',"
        " 'inconsistent')])], key='g')"
    )
    [[cell]] = rows_of(data)
    kinds = list(data["words"])
    assert (kinds[cell["v"]], kinds[cell["a"]]) == ("concern_high", "inconsistent")
    assert data["words"]["concern_high"] == "Unusually high, concern"
    # Of 35 steps from 0 to 9: 1 is the fourth, 2 the eighth; the usual range ends at 4, the 15th.
    assert cell["spark"] == "0f:48z"


def test_a_cell_sends_only_what_it_has() -> None:
    [data] = drawn(
        "ui.site_grid([ui.GridMeasure('Jobs')], [ui.GridRow('Elmwood', '',"
        " [ui.GridCell('0', 0)])], key='g')"
    )
    assert rows_of(data) == [[{"value": "0", "sort": 0}]]
    assert data["rows"] == {"name": ["Elmwood"]}


def test_what_few_rows_have_is_sent_for_those_alone() -> None:
    assert packed([{"a": 1}, {"a": None, "b": 2}, {"a": 3}]) == {
        "a": [1, None, 3],
        "b": {"at": [1], "is": [2]},
    }
    assert packed([{"a": word} for word in "xyxxyxy"]) == {
        "a": {"of": ["x", "y"], "is": [0, 1, 0, 0, 1, 0, 1]}
    }
    assert packed([]) == {}


def test_a_table_places_its_columns_on_the_phone() -> None:
    [data] = drawn(
        "ui.responsive_table([ui.Column('Site'), ui.Column('Kind'), ui.Column('Gap', 'right'),"
        " ui.Column('Cost', 'right')], [ui.Row(('Elmwood', 'Clinic', '+3', '12'),"
        " link=ui.link('site'))], key='t', label='Gaps')"
    )
    assert [column["phone"] for column in data["columns"]] == ["title", "second", "value", "second"]
    [cells] = rows_of(data)
    assert [cell.get("href") for cell in cells] == ["/site", None, None, None]


def test_a_named_value_column_wins_over_the_first_right_one() -> None:
    [data] = drawn(
        "ui.responsive_table([ui.Column('Site'), ui.Column('Cost', 'right'),"
        " ui.Column('Gap', 'right', phone='value')], [], key='t', label='Gaps')"
    )
    assert [column["phone"] for column in data["columns"]] == ["title", "second", "value"]


def test_feeds_say_what_their_chips_mean() -> None:
    [data] = drawn(
        "ui.matrix(['Payroll', 'Rota', 'Stock', 'Orders'], [ui.FeedRow('Elmwood', [ui.late(4),"
        " ui.came_in(), ui.never_came(), ui.not_expected()])], key='m')"
    )
    [cells] = rows_of(data)
    assert [cell["state"] for cell in cells] == ["late", "in", "none", "not_expected"]
    assert (cells[0]["text"], cells[0]["spoken"]) == ("4 d", "4 days late")


def test_the_masthead_knows_where_it_is() -> None:
    [data] = drawn(
        "ui.masthead([ui.PageTab('Overview', ui.link('')), ui.PageTab('Sites', ui.link('sites'),"
        " True)], home=ui.link(''))"
    )
    assert [(p["href"], p["current"]) for p in data["pages"]] == [("/", False), ("/sites", True)]
    assert [shape["tag"] for shape in data["logo"]] == ["path", "circle", "path"]


@pytest.mark.parametrize(
    "call",
    [
        lambda: ui.site_grid([], [ui.GridRow("Elmwood", "", [ui.GridCell("1")])], key="x"),
        lambda: ui.matrix([], [ui.FeedRow("Elmwood", [ui.came_in()])], key="x"),
        lambda: ui.responsive_table([], [ui.Row(("1",))], key="x", label="y"),
    ],
)
def test_rows_and_columns_must_match(call: Any) -> None:
    with pytest.raises(ValueError, match="1 cells for 0"):
        call()


def test_links_escape_their_parameters() -> None:
    assert link("site", site="a b&c=d").href == "/site?site=a+b%26c%3Dd"
    assert link("").href == "/"
    assert link("", month="2026-10").href == "/?month=2026-10"


def test_sparks_share_one_scale_with_their_band() -> None:
    assert ui.spark([1.0]) is None
    assert ui.spark([None, None, 2.0]) is None
    assert ui.spark([5, 5, 5]) == ui.Spark((50, 50, 50))
    assert ui.spark([0, None, 10]) == ui.Spark((0, None, 100))
    assert ui.spark([4, 6], lower=0, upper=10) == ui.Spark((40, 60), (0, 100))
    # Half a range is none.
    assert ui.spark([0, 10], lower=0) == ui.Spark((0, 100))


@pytest.mark.parametrize(
    ("kind", "high", "expected"),
    [
        ("concern", True, "concern_high"),
        ("concern", False, "concern_low"),
        ("improvement", False, "improvement_low"),
        ("neutral_high", None, "neutral_high"),
        ("common_cause", True, "common_cause"),
        (None, None, None),
    ],
)
def test_variation_icons(kind: str | None, high: bool | None, expected: str | None) -> None:
    assert ui.variation(kind, high=high) == expected


def test_every_icon_is_drawn_and_spoken() -> None:
    script = (FOLDER / "base.js").read_text()
    for kind in (*marks.VARIATION_WORDS, *marks.ASSURANCE_WORDS):
        assert f"{kind}:" in script


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.js")), ids=lambda path: path.name)
def test_data_never_becomes_markup(path: Path) -> None:
    script = path.read_text()
    for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
        assert way not in script


@pytest.mark.parametrize(
    "path", sorted([*FOLDER.glob("*.js"), *FOLDER.glob("*.css")]), ids=lambda path: path.name
)
def test_nothing_is_fetched_from_elsewhere(path: Path) -> None:
    text = path.read_text().replace("http://www.w3.org/2000/svg", "")
    assert "//" not in "".join(
        line for line in text.splitlines() if not line.lstrip().startswith("//")
    )
    assert "@import" not in text
    assert "url(" not in text


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.css")), ids=lambda path: path.name)
def test_colours_come_from_the_theme(path: Path) -> None:
    text = path.read_text().replace("#000", "")
    assert "#" not in text
    assert "rgb" not in text
