"""More pages of the gallery: charts, tables, feeds and every state."""

from __future__ import annotations

from datetime import date

import polars as pl
import streamlit as st

from dashboard import charts, layout
from dashboard import components as ui
from dashboard.charts.show import show
from dashboard.components import link
from pipelines.format.figures import NARROW
from tests.dashboard import invented

PERCENT = f"{NARROW}%"


def budget() -> None:
    layout.page_title(
        "The year lands at $141.9m, $2.3m over budget",
        f"80{PERCENT} range $140.6m to $143.0m. No outcome in that range meets the budget.",
    )
    layout.section("Where the year lands")
    left, right = st.columns([1.5, 1], gap="medium")
    with left:
        show(
            charts.landing(invented.landing_frame()),
            "Spending passes the budget line in August and stays above",
            "Over or under budget so far this year; range holds in 8 years of 10",
            "landing",
        )
    with right:
        layout.block("What if", "Change the rest of the year and see where it lands")
        st.slider("Agency share of hours, points", -3.0, 3.0, -1.0)
        with st.container(border=True):
            st.metric("Year-end landing", "$141.6m", "$2.0m over budget", delta_color="inverse")
    show(
        charts.trend(invented.trend_frame(), name="Cost", unit="money"),
        "Cost has run above budget since March",
        "All sites, monthly; October is an estimate",
        "trend",
    )


def tables() -> None:
    layout.page_title("Nine contracts need notice in the next 90 days", "Together $1.06m a year.")
    layout.section("Contracts by notice date", "Give notice by these dates or the contract renews.")
    rows = [
        ("Cleaning", "$86k", "12 Dec 2026", 18, "Oak Ridge", f"+6.0{PERCENT}", "renews"),
        ("Linen", "$214k", "18 Dec 2026", 24, "6 sites", f"+3.5{PERCENT}", "renews"),
        (
            "Lift maintenance and emergency call-out",
            "$48k",
            "31 Dec 2026",
            37,
            "Cedar Hill, Lakeview",
            f"0.0{PERCENT}",
            "lapses",
        ),
        ("Waste", "$312k", "8 Jan 2027", 45, "All 42 sites", f"+4.2{PERCENT}", "renews"),
    ]
    ui.responsive_table(
        [
            ui.Column("Contract"),
            ui.Column("A year", "right"),
            ui.Column("Notice by"),
            ui.Column("Days left", quiet=True, phone="own"),
            ui.Column("Sites", quiet=True),
            ui.Column("Price rise", "right"),
            ui.Column("If nothing is done", phone="second"),
        ],
        [
            ui.Row(
                (
                    ui.Cell(n, "strong"),
                    a,
                    d,
                    ui.Cell(f"{left} days", "concern" if left < 30 else "plain", bar=left / 90),
                    s,
                    p,
                    i,
                ),
                link=link("contracts", contract=n),
            )
            for n, a, d, left, s, p, i in rows
        ],
        key="contracts",
        label="Contracts by notice date",
    )
    layout.section("All contracts", "$ a year, largest first.")
    many = [
        ui.Row((f"Contract {n}", ui.Cell(str(1000 - n), bar=n / 250 if n % 50 == 0 else None)),
               link=link("contracts", contract=str(n)))
        for n in range(1, 251)
    ]  # fmt: skip
    ui.responsive_table(
        [ui.Column("Contract"), ui.Column("A year", "right")],
        [*many, ui.Row(("All contracts", "218,625"), total=True)],
        key="all-contracts",
        label="All contracts",
    )


def more_charts() -> None:
    layout.page_title("Supply cost per visit rose at four sites")
    layout.section("Ranked bars and ages")
    left, right = st.columns(2, gap="medium")
    with left:
        frame = pl.DataFrame(
            {
                "name": [
                    "Riverside",
                    "Bayfield and Northgate joint clinic",
                    "Cedar Hill",
                    "Fairmont",
                    "Summit hospital of the eastern valley, wing B",
                    "Elmwood",
                ],
                "value": [14.10, 12.4, 11.2, 10.9, 9.1, None],
            }
        )
        show(
            charts.bars(
                frame,
                name="Supply cost per visit",
                unit="price",
                named={"Riverside"},
                reference=("mean", 11.0),
            ),
            "Riverside pays most per visit",
            "$ per visit, October 2026",
            "bars",
        )
    with right:
        ages = pl.DataFrame(
            {
                "bucket": ["0–7 d", "8–14 d", "15–30 d", "31–60 d", "over 60 d"],
                "count": [34, 21, 18, 9, 4],
            }
        )
        show(
            charts.age_bars(ages, named={"31–60 d", "over 60 d"}),
            "13 repair jobs are older than a month",
            "Open jobs by age, 24 November",
            "ages",
        )
    left, right = st.columns(2, gap="medium")
    with left:
        gaps = pl.DataFrame(
            {
                "name": ["Cedar Hill", "Harbor Point", "Lakeview", "Willow Creek"],
                "value": [71_000, 56_000, 46_000, -13_000],
            }
        )
        show(
            charts.bars(gaps, name="Gap to budget", unit="money", signed=True),
            "Three sites are over budget",
            "Gap to budget, October 2026",
            "bars-signed",
        )
    with right:
        values = (
            *invented.OVERTIME[:12],
            None,
            None,
            *(v - 0.03 for v in invented.OVERTIME[14:20]),
            0.012,
            0.014,
            0.011,
            0.012,
        )
        frame = invented.control_frame(values, mean=0.070, lower=0.035, upper=0.105)
        show(
            charts.xmr(
                frame,
                name="Agency share",
                unit="percent",
                target=0.07,
                events=[(date(2026, 3, 1), "own bank staff")],
            ),
            "Agency share fell below its usual range after the bank opened",
            "% of hours, 24 months; two months did not arrive",
            "xmr-better",
        )


def health() -> None:
    layout.page_title(
        "76 of 82 feeds are in and on time",
        "Four late feeds and two missing ones touch three figures on Overview.",
    )
    layout.section("Sites and feeds")
    feeds = ["Payroll", "Rota", "Purchasing", "Stock count", "Work orders", "Contracts"]
    odd = {
        "Harbor Point": {5: ui.never_came()},
        "Riverside": {2: ui.late(2), 3: ui.not_expected()},
        "Fairmont": {3: ui.late(9), 4: ui.partly("24 of 31 d", "24 of 31 days are there")},
        "Bayfield": {3: ui.never_came()},
        "Elmwood": {0: ui.late(4, link("health", load="17"))},
    }
    names = sorted((name for name, _ in invented.SITES), key=lambda name: name not in odd)
    rows = [
        ui.FeedRow(
            name,
            [odd.get(name, {}).get(at, ui.came_in()) for at in range(6)],
            link=link("site", site=name.lower().replace(" ", "-")),
        )
        for name in names
    ]
    ui.matrix(feeds, rows, key="matrix")
    layout.note(
        "Days late are counted from the due date. Dashed: never received for October. "
        "– not expected from this site."
    )
    layout.section("What this changes")
    layout.paragraph(
        "Elmwood payroll is 4 days late; October staffing cost there is an estimate "
        "from rota hours, likely within $9k."
    )


def states() -> None:
    layout.page_title(
        "Loading, empty, suppressed, missing, failed",
        "A *star*, a_b_c, $1 and $2, :red[no], <b>no</b> are plain text.",
    )
    layout.section("Cells")
    spark = invented.line_of(5)
    cells = [
        ui.GridCell(
            f"14.2{PERCENT}",
            0.142,
            invented.line_of(9, jump=5),
            "concern_high",
            "consistent_fail",
            "estimate",
        ),
        ui.GridCell("fewer than 5", None, muted=True),
        ui.GridCell("–", None, note="no file for October", muted=True),
        ui.GridCell(f"6.1{PERCENT}", 0.061, note="usual range from Mar 2027"),
        ui.GridCell(f"3.0{PERCENT}", 0.03, spark, "improvement_low", "consistent_pass"),
        ui.GridCell("–", None, muted=True, note="not applicable"),
    ]
    more = [
        ui.GridCell("1,204", 1204, spark, "neutral_high"),
        ui.GridCell("983", 983, spark, "neutral_low", "inconsistent"),
        ui.GridCell("$141.9m", 1.0, spark, "concern_low", "consistent_fail"),
        ui.GridCell(
            "$9.71", 9.71, ui.spark([1, 2, None, 3, None, None, 2, 4, None]), "common_cause"
        ),
        ui.GridCell("7", 7, ui.spark([5, 5, 5]), "improvement_high"),
        ui.GridCell("4 d", 4, spark, "common_cause", "consistent_pass"),
    ]
    ui.site_grid(
        invented.MEASURES,
        [
            ui.GridRow("Cedar Hill", "Nursing home", cells),
            ui.GridRow("A site with a rather long name", "Physician office", more),
        ],
        key="states-grid",
    )
    layout.section("A subject that can't be judged yet")
    ui.subject_list(
        [
            ui.SubjectItem(
                "Overtime", f"6.1{PERCENT}", "% of hours", note="usual range from Mar 2027"
            ),
            ui.SubjectItem("Agency", "fewer than 5", "posts", muted=True),
            ui.SubjectItem("Supplies", "–", "$ per visit", note="no stock count", muted=True),
            ui.SubjectItem("Staffing", "$6.92m", "", spark, "common_cause", note="estimate"),
        ],
        key="states-subjects",
        label="Subjects",
    )
    layout.section("Empty")
    layout.empty(
        "No contract needs notice in the next 90 days.",
        step=("See all contracts", link("contracts")),
        key="empty-step",
    )
    layout.section("Loading")
    with st.container(gap="xsmall"):
        st.subheader("Overtime by site", anchor=False)
        st.skeleton(height=120)
    layout.section("Failed")
    with layout.guarded(
        "The forecast could not be drawn.", "The figures above are complete.", key="again"
    ):
        raise RuntimeError("invented")
    layout.section("Too little history")
    left, right = st.columns(2, gap="medium")
    with left:
        show(
            charts.xmr(
                invented.control_frame((0.07, 0.08, 0.075, 0.081, 0.079)),
                name="Overtime",
                unit="percent",
                target=0.09,
                height=240,
            ),
            "Overtime has been recorded for five months",
            "Usual range from Mar 2027",
            "xmr-young",
        )
    with right:
        show(
            charts.xmr(
                invented.control_frame((None,) * 6), name="Overtime", unit="percent", height=240
            ),
            "No file for these months",
            "% of hours",
            "xmr-empty",
        )
