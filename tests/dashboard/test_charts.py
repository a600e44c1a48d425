"""Figures as the browser gets them: role colours, no title, words made from the numbers."""

from __future__ import annotations

import json
import re
from datetime import date
from itertools import pairwise

import plotly.graph_objects as go
import polars as pl
import pytest

from dashboard import charts
from dashboard.charts import roles
from dashboard.charts.axes import scale, time_axis
from dashboard.charts.chart import Chart, Label, labels_beside
from dashboard.charts.names import wrapped
from pipelines.analysis.control import spc
from tests.dashboard import invented

NNBSP = "\u202f"


def one_of_each() -> list[tuple[str, Chart, str]]:
    """A name, a chart, and what its words must mention."""
    ranked = pl.DataFrame({"name": ["Riverside", "Elmwood"], "value": [14.1, None]})
    ages = pl.DataFrame({"bucket": ["0–7 d", "over 7 d"], "count": [34, 4]})
    control = invented.control_frame(mean=0.080, lower=0.059, upper=0.101)
    return [
        (
            "xmr",
            charts.xmr(control, name="Overtime", unit="percent", target=0.09),
            f"14.2{NNBSP}% in Oct 2026",
        ),
        ("trend", charts.trend(invented.trend_frame(), name="Cost", unit="money"), "$11."),
        ("landing", charts.landing(invented.landing_frame()), "lands $2.3m over budget"),
        (
            "bridge",
            charts.bridge(invented.bridge_frame(), start=("Budget", 6_610_000), named={"Agency"}),
            "actual $6.92m, $310k over budget",
        ),
        (
            "funnel",
            charts.funnel(*invented.funnel_frames(), name="Agency share"),
            f"Harbor Point at 8.9{NNBSP}%",
        ),
        (
            "bars",
            charts.bars(ranked, name="Cost per visit", unit="price", reference=("mean", 11.0)),
            "Riverside $14.10",
        ),
        ("ages", charts.age_bars(ages), "38 jobs; 0–7 d 34 and over 7 d 4"),
    ]


CHARTS = [pytest.param(chart, words, id=name) for name, chart, words in one_of_each()]


@pytest.mark.parametrize(("chart", "words"), CHARTS)
def test_only_role_colours(chart: Chart, words: str) -> None:
    text = json.dumps(chart.figure, default=str)
    assert set(re.findall(r"#[0-9a-fA-F]{3,8}\b", text)) <= set(roles.ALL)
    assert "rgb" not in text


@pytest.mark.parametrize(("chart", "words"), CHARTS)
def test_plotly_knows_every_property(chart: Chart, words: str) -> None:
    """The pages leave this check out, for it takes longer than all else in a run."""
    checked = go.Figure(chart.figure).to_dict()
    assert len(checked["data"]) == len(chart.figure["data"]) > 0
    with pytest.raises(ValueError, match="Invalid property"):
        go.Figure({**chart.figure, "layout": {**chart.figure["layout"], "tittle": ""}})


@pytest.mark.parametrize(("chart", "words"), CHARTS)
def test_house_style(chart: Chart, words: str) -> None:
    layout = chart.figure["layout"]
    assert "title" not in layout
    assert layout["showlegend"] is False
    assert layout["dragmode"] is False
    assert layout["height"] == chart.height
    assert layout["xaxis"]["fixedrange"]
    assert layout["yaxis"]["fixedrange"]
    assert layout["margin"]["r"] <= 96
    assert len(layout["xaxis"].get("tickvals", [])) <= 5


@pytest.mark.parametrize(("chart", "words"), CHARTS)
def test_alt_says_the_numbers(chart: Chart, words: str) -> None:
    assert words in chart.alt
    assert chart.alt.endswith(".")


@pytest.mark.parametrize(("chart", "words"), CHARTS)
def test_the_table_behind_is_complete(chart: Chart, words: str) -> None:
    assert chart.table.rows
    assert {len(row) for row in chart.table.rows} == {len(chart.table.columns)}


def marks(chart: Chart) -> dict[str, int]:
    """Marker symbols with their numbers of points."""
    traces = [trace for trace in chart.figure["data"] if trace.get("mode") == "markers"]
    return {trace["marker"]["symbol"]: len(trace["x"]) for trace in traces}


def test_signals_are_diamonds() -> None:
    control = invented.control_frame(mean=0.080, lower=0.059, upper=0.101)
    chart = charts.xmr(control, name="Overtime", unit="percent")
    assert marks(chart) == {"circle": 22, "diamond": 2}
    assert f"above its usual range of 5.9{NNBSP}% to 10.1{NNBSP}%" in chart.alt
    assert "2 signals in 24 points" in chart.alt


def test_an_improvement_is_an_open_diamond() -> None:
    frame = invented.control_frame((0.08,) * 12 + (0.01,), mean=0.08, lower=0.05, upper=0.11)
    chart = charts.xmr(frame, name="Agency", unit="percent")
    [trace] = [t for t in chart.figure["data"] if t.get("marker", {}).get("symbol") == "diamond"]
    assert trace["marker"]["color"] == roles.PAGE
    assert trace["marker"]["line"]["color"] == roles.IMPROVEMENT
    assert "below its usual range" in chart.alt


def test_it_draws_what_the_control_charts_make() -> None:
    made = spc.xmr([7.0, 8, 7, 9, 8, 7, 8, 9, 8, 7, 8, 9, 30], direction="down",
                   dates=invented.months(13))  # fmt: skip
    chart = charts.xmr(made.frame(), name="Jobs", unit="count")
    assert "Jobs was 30 in Oct 2026" in chart.alt
    assert marks(chart)["diamond"] >= 1


def test_two_ranges_are_two_bands() -> None:
    before = invented.control_frame((0.08,) * 6, mean=0.08, lower=0.06, upper=0.10)
    frame = pl.concat(
        [before, before.with_columns(pl.lit(1, pl.Int64).alias("group"), upper=pl.lit(0.09))]
    )
    frame = frame.with_columns(label=pl.Series(invented.months(12)))
    shapes = charts.xmr(frame, name="Overtime", unit="percent").figure["layout"]["shapes"]
    assert [(s["y0"], s["y1"]) for s in shapes] == [(0.06, 0.10), (0.06, 0.09)]
    assert shapes[0]["x1"] <= shapes[1]["x0"]


def test_a_target_that_changed_is_drawn_in_steps() -> None:
    frame = invented.control_frame(mean=0.08, lower=0.06, upper=0.1)
    half = frame.height // 2
    stepped = frame.with_columns(
        target=pl.Series([None] + [0.07] * (half - 1) + [0.05] * (frame.height - half))
    )
    chart = charts.xmr(stepped, name="Overtime", unit="percent")
    [drawn] = [t for t in chart.figure["data"] if t.get("line", {}).get("color") == roles.ACCENT]
    assert drawn["y"] == [None] * 2 + [0.07] * 2 * (half - 1) + [0.05] * 2 * (frame.height - half)
    assert f"the target is 5.0{NNBSP}%" in chart.alt


def test_a_range_below_zero_is_clipped_where_nothing_is_negative() -> None:
    frame = invented.control_frame((0.02, 0.03, 0.02), mean=0.02, lower=-0.01, upper=0.05)
    [shape] = charts.xmr(frame, name="Agency", unit="percent").figure["layout"]["shapes"]
    assert shape["y0"] == 0
    [shape] = charts.xmr(frame, name="Gap", unit="money").figure["layout"]["shapes"]
    assert shape["y0"] == -0.01


def test_a_missing_month_breaks_the_line() -> None:
    frame = invented.control_frame((0.07, None, 0.08))
    chart = charts.xmr(frame, name="Overtime", unit="percent")
    [trace] = [t for t in chart.figure["data"] if t.get("mode") == "lines"]
    assert trace["y"] == [0.07, None, 0.08]
    assert trace["connectgaps"] is False


def test_months_before_any_history_are_left_out() -> None:
    chart = charts.xmr(invented.control_frame((None, None, 0.07, 0.08)), name="A", unit="percent")
    [trace] = [t for t in chart.figure["data"] if t.get("mode") == "lines"]
    assert trace["y"] == [0.07, 0.08]


def test_one_point_of_last_year_makes_no_line() -> None:
    frame = invented.trend_frame().with_columns(
        previous=pl.when(pl.int_range(pl.len()) == 17).then(1e6)
    )
    chart = charts.trend(frame, name="Cost", unit="money")
    assert all("last year" not in note["text"] for note in chart.figure["layout"]["annotations"])
    assert "Last year" not in chart.table.columns


def test_without_limits_only_the_line_is_drawn() -> None:
    chart = charts.xmr(invented.control_frame((0.07, 0.08)), name="Overtime", unit="percent")
    assert chart.figure["layout"]["shapes"] == []
    assert "its usual range is not known yet" in chart.alt


def test_without_a_value_it_says_so() -> None:
    chart = charts.xmr(invented.control_frame((None, None)), name="Overtime", unit="percent")
    assert chart.alt == "Overtime: no value is known yet."
    [words] = chart.figure["layout"]["annotations"]
    assert words["text"] == "no value is known yet"
    assert not chart.table.rows


def test_bridge_ends_where_the_sum_ends() -> None:
    chart = charts.bridge(invented.bridge_frame(), start=("Budget", 6_610_000), named={"Agency"})
    [bars] = chart.figure["data"]
    ends = [base + length for base, length in zip(bars["base"], bars["x"], strict=True)]
    assert ends[-1] == 310_000
    assert ends[-2] == 310_000
    assert bars["base"][1] == 42_000 - 58_000
    colours = dict(zip(invented.bridge_frame()["step"], bars["marker"]["color"], strict=False))
    assert colours["Agency"] == roles.CONCERN
    assert colours["Overtime"] == roles.LIMIT


def test_bridge_below_budget() -> None:
    frame = pl.DataFrame({"step": ["Volume", "Rate"], "amount": [-60_000, 20_000]})
    chart = charts.bridge(frame, start=("Budget", 500_000))
    [bars] = chart.figure["data"]
    assert bars["base"] == [-60_000, -60_000, -40_000]
    assert bars["x"] == [60_000, 20_000, 40_000]
    assert "actual $460k, $40k under budget" in chart.alt


def test_an_estimate_is_dotted_and_named() -> None:
    chart = charts.trend(invented.trend_frame(), name="Cost", unit="money")
    thick = [t for t in chart.figure["data"] if t.get("line", {}).get("width") == 2]
    assert [t["line"]["dash"] for t in thick] == ["solid", "2px,3px"]
    assert "(estimate)" in chart.alt
    assert any("estimate" in note["text"] for note in chart.figure["layout"]["annotations"])


@pytest.mark.parametrize(("months", "anchor"), [(2, "left"), (8, "right")])
def test_the_words_of_now_stand_within_the_picture(months: int, anchor: str) -> None:
    """Two months into a year there is no room for them before the point, after eight there is."""
    known = pl.col("month") <= date(2026, months, 1)
    frame = pl.DataFrame({"month": [date(2026, n, 1) for n in range(1, 13)]}).with_columns(
        actual=pl.when(known).then(1e4), mid=pl.when(~known).then(2e4),
        low=pl.when(~known).then(1e4), high=pl.when(~known).then(3e4),
    )  # fmt: skip
    notes = charts.landing(frame).figure["layout"]["annotations"]
    [now] = [one for one in notes if "so far" in one["text"]]
    assert now["xanchor"] == anchor


def test_landing_needs_a_future() -> None:
    with pytest.raises(ValueError, match="a later one with mid"):
        charts.landing(invented.landing_frame().head(10))


def test_names_are_text_not_tags() -> None:
    frame = pl.DataFrame({"name": ["<b>A</b> & B"], "value": [1.0]})
    chart = charts.bars(frame, name="Cost", unit="number")
    texts = [note["text"] for note in chart.figure["layout"]["annotations"]]
    assert "&lt;b&gt;A&lt;/b&gt; &amp; B" in texts


@pytest.mark.parametrize(
    ("values", "zero", "positions"),
    [
        ([0.059, 0.142], False, (0.05, 0.1, 0.15)),
        ([-220_000, 3_400_000], True, (0, 1e6, 2e6, 3e6)),
        ([10.65e6, 11.97e6], False, (10.5e6, 11e6, 11.5e6, 12e6)),
        ([5, 5], False, (4.5, 5.0, 5.5)),
    ],
)
def test_ticks_are_round_and_few(
    values: list[float], zero: bool, positions: tuple[float, ...]
) -> None:
    found = scale(values, zero=zero)
    assert found.positions == positions
    assert found.low <= min(values)
    assert found.high >= max(values)


@pytest.mark.parametrize("count", range(1, 61))
def test_time_labels_fit_a_phone(count: int) -> None:
    days = invented.months(count)
    axis = time_axis(days).axis
    assert 1 <= len(axis["tickvals"]) <= 5
    assert axis["tickvals"][-1] == days[-1].isoformat()
    places = [date.fromisoformat(text) for text in axis["tickvals"]]
    span = (days[-1] - days[0]).days or 1
    gaps = [(b - a).days / span for a, b in pairwise(places)]
    assert all(gap >= 0.1 for gap in gaps)


def test_daily_dates_are_labelled_by_day() -> None:
    days = [date(2026, 10, day) for day in range(5, 19)]
    assert time_axis(days).axis["ticktext"][-1] == "18 Oct"


def test_labels_move_apart_and_the_bold_one_stays() -> None:
    labels = [Label(8.0, "mean"), Label(8.1, "target"), Label(8.05, "8.1 %", bold=True)]
    notes = labels_beside(labels, low=0, high=10, pixels=200)
    places = sorted(note["y"] * 20 + note["yshift"] for note in notes)
    assert all(b - a >= 14 for a, b in pairwise(places))
    assert next(note["yshift"] for note in notes if "<b>" in note["text"]) == 0


def test_long_names_take_two_lines() -> None:
    assert wrapped("Cedar Hill") == ["Cedar Hill"]
    assert wrapped("Bayfield and Northgate joint clinic") == ["Bayfield and", "Northgate joint c…"]


def test_limits_that_vary_are_steps_that_meet_half_way() -> None:
    """Three months, the second with half as much to count among: a wider band around the 1st.

    From 1 September to 1 October are 30 days, so the edge between them lies on 16 September.
    """
    frame = pl.DataFrame(
        {
            "label": [date(2026, 8, 1), date(2026, 9, 1), date(2026, 10, 1)],
            "value": [4.0, 6.0, 5.0],
            "group": [0] * 3,
            "mean": [5.0] * 3,
            "lower": [3.0, 2.0, 3.0],
            "upper": [7.0, 8.0, 7.0],
            "type": ["common_cause"] * 3,
        }
    )
    layout = charts.xmr(frame, name="Complaints", unit="count").figure["layout"]
    bands = [(shape["y0"], shape["y1"]) for shape in layout["shapes"]]
    assert bands == [(3, 7), (2, 8), (3, 7)]
    starts = [shape["x0"][:10] for shape in layout["shapes"]]
    assert starts[1:] == ["2026-08-16", "2026-09-16"]
    labels = [each["text"] for each in layout["annotations"]]
    assert "upper 7.0" in labels
    drawn = charts.xmr(frame, name="Complaints", unit="count").figure["data"]
    assert sum(trace.get("line", {}).get("color") == roles.LIMIT for trace in drawn) == 1  # mean


def test_an_amount_of_a_bridge_stands_clear_of_the_line_at_zero() -> None:
    """A bar that ends just short of the line has its amount behind it; one far off, beside it."""
    steps = pl.DataFrame({"step": ["Agency", "Volume", "Rest"], "amount": [-30.0, -640.0, 10.0]})
    drawn = charts.bridge(steps, start=("Landing", 122_800.0)).figure
    places = {
        note["text"]: note["x"] for note in drawn["layout"]["annotations"] if "$" in note["text"]
    }
    assert [places[text] for text in ("−$30", "−$640", "+$10")] == [0.0, 0.0, -660.0]


NOTED = [(date(2026, 9, 1), "Ana, 3 Oct 2026: Two <nurses> left.")]


def test_a_note_is_marked_below_its_month_and_told_in_words() -> None:
    frame = invented.control_frame(mean=0.080, lower=0.059, upper=0.101)
    months = frame["label"].to_list()
    drawn = charts.xmr(frame, name="Overtime", unit="percent", notes=NOTED)
    [mark] = [t for t in drawn.figure["data"] if t.get("marker", {}).get("symbol") == "triangle-up"]
    assert mark["x"] == [date(2026, 9, 1)]
    assert "Two &lt;nurses&gt; left." in mark["customdata"][0]
    row = int(mark["ids"][0])
    assert months[-1 - row] == date(2026, 9, 1)
    assert drawn.table.columns[-1] == "Noted"
    assert [cells[-1] for cells in drawn.table.rows if cells[-1]] == [NOTED[0][1]]
    assert drawn.table.rows[row][0] == "Sep 2026"
    assert drawn.table.rows[row][-1] == NOTED[0][1]
    assert drawn.alt.endswith("; noted for Sep 2026: Ana, 3 Oct 2026: Two <nurses> left.")
    bare = charts.xmr(
        frame, name="Overtime", unit="percent", notes=[(date(2020, 1, 1), "Long ago")]
    )
    assert "Noted" not in bare.table.columns
    trend = charts.trend(invented.trend_frame(), name="Cost", unit="money", notes=NOTED)
    assert ("Noted" in trend.table.columns) == (
        date(2026, 9, 1) in invented.trend_frame()["month"].to_list()
    )


def test_the_points_of_a_chart_are_named_after_the_rows_behind_it() -> None:
    """What one clicks leads where the row leads that says the same."""
    frame = invented.control_frame(mean=0.080, lower=0.059, upper=0.101)
    for drawn in (
        charts.xmr(frame, name="Overtime", unit="percent"),
        charts.trend(invented.trend_frame(), name="Cost", unit="money"),
        charts.bridge(invented.bridge_frame(), start=("Budget", 6.61e6)),
    ):
        named = [trace for trace in drawn.figure["data"] if "ids" in trace]
        assert named
        for trace in named:
            for name, said in zip(trace["ids"], trace["customdata"], strict=True):
                assert said.startswith(drawn.table.rows[int(name)][0])


def test_a_name_at_the_right_end_of_a_funnel_is_not_cut_off() -> None:
    """The largest site lies outside, on the height of a limit: its name ends at it."""
    sites = pl.DataFrame(
        {
            "name": ["Cedar Hill Nursing Home", "Elm"], "size": [1000.0, 100.0],
            "value": [0.22, 0.02], "type": ["special_cause_concern", "common_cause"],
        }
    )  # fmt: skip
    limits = pl.DataFrame({
        "size": [100.0, 550.0, 1000.0], "mean": [0.06] * 3, "lower_95": [0.0] * 3,
        "upper_95": [0.16] * 3, "lower_998": [0.0] * 3, "upper_998": [0.219] * 3,
    })  # fmt: skip
    drawn = charts.funnel(sites, limits, name="Agency share").figure
    [name] = [one for one in drawn["layout"]["annotations"] if "Cedar" in one["text"]]
    assert name["xanchor"] == "right"
