"""The pages of the gallery, laid out as the real ones will be."""

from __future__ import annotations

from datetime import date, datetime

import polars as pl
import streamlit as st

from dashboard import charts, layout
from dashboard import components as ui
from dashboard.charts.show import show
from dashboard.components import link
from dashboard.format.figures import NARROW
from tests.dashboard import invented

PERCENT = f"{NARROW}%"


def attention() -> list[ui.AttentionItem]:
    """Six sentences as on Overview."""
    rows = [
        (
            f"Overtime at Cedar Hill rose to 14.2{PERCENT} of worked hours, 4.1 points above its "
            "usual range.",
            "Cedar Hill",
            "Staffing · second month running",
            "$38k",
            "over budget",
        ),
        (
            f"Agency nurses at Harbor Point covered 8.9{PERCENT} of hours; four posts have been "
            "open since July.",
            "Harbor Point",
            "Staffing · outside its usual range since August",
            "$31k",
            "over budget",
        ),
        (
            "Supply cost per visit at Riverside is above its usual range for a second month, now "
            "$14.10.",
            "Riverside",
            "Supplies · glove price and use both up",
            "$17k",
            "over budget",
        ),
        (
            f"The cleaning contract at Oak Ridge renews at a 6{PERCENT} higher price unless notice "
            "is given by 12 December.",
            "Oak Ridge",
            "Contracts · 18 days left",
            "$5k",
            "a year",
        ),
        (
            "Wound dressings at Maple Grove run out on 29 November; Lakeview can spare 40 boxes.",
            "Maple Grove",
            "Supplies · 5 days left",
            "$2k",
            "rush order",
        ),
        (
            "Fairmont has 14 repair jobs past due, twice its usual number; two concern the back-up "
            "generator.",
            "Fairmont",
            "Facilities · oldest job 41 days",
            "–",
            "no cost yet",
        ),
    ]
    return [
        ui.AttentionItem(*row, link=link("site", site=row[1].lower().replace(" ", "-")))
        for row in rows
    ]


def subjects() -> list[ui.SubjectItem]:
    """Four subjects; only one outside its range."""
    return [
        ui.SubjectItem(
            "Staffing",
            "$6.92m",
            "$310k over budget",
            invented.line_of(1, jump=4),
            "concern_high",
            link=link("staffing"),
        ),
        ui.SubjectItem(
            "Supplies",
            "$1.74m",
            "$64k over budget",
            invented.line_of(2),
            "common_cause",
            link=link("supplies"),
        ),
        ui.SubjectItem(
            "Contracts",
            "$2.38m",
            "on budget",
            invented.line_of(3),
            "common_cause",
            link=link("contracts"),
        ),
        ui.SubjectItem(
            "Facilities", "$0.80m", "$38k over budget", invented.line_of(4), "common_cause"
        ),
    ]


def overview() -> None:
    with layout.scope("Western region · Oct 2026"):
        st.selectbox("Region", ["Western", "Eastern"], key="region")
    layout.page_title(
        "October cost $11.84m, $412k over budget",
        f"Cedar Hill, Harbor Point and Riverside make up 61{PERCENT} of the gap. Elmwood payroll "
        "is an estimate until 26 November.",
    )
    left, right = st.columns([2.15, 1], gap="medium")
    with left:
        layout.section("What needs attention")
        ui.attention_list(attention(), key="attention")
    with right:
        layout.section("By subject")
        ui.subject_list(subjects(), key="subjects", label="By subject")
        layout.note("Cost, last 12 months. Only staffing is outside its usual range.")
        ui.more_link("76 of 82 feeds in and on time", link("health"), key="to-health")
    layout.section("Every site, every key measure")
    ui.site_grid(invented.MEASURES, invented.grid_rows(), key="grid")
    layout.state_line(as_of=datetime(2026, 11, 24, 9, 48), missing=["Elmwood", "Bayfield"])


def sites() -> None:
    count = int(st.query_params.get("sites", "500"))
    layout.page_title(f"{count} sites, worst first", "A grid with search, order and pages.")
    layout.section("Every site, every key measure")
    ui.site_grid(invented.MEASURES, invented.grid_rows(count), key="grid-many")


def staffing() -> None:
    with layout.scope("Western region · Oct 2026"):
        st.selectbox("Region", ["Western", "Eastern"], key="region")
    layout.page_title(
        "Staffing cost $6.92m in October, $310k over budget",
        "Agency, overtime and pay rates explain nearly all of it. Volume explains $42k and "
        "efficiency gave $58k back.",
    )
    layout.section("Where the gap comes from")
    left, right = st.columns(2, gap="medium")
    with left:
        show(
            charts.bridge(
                invented.bridge_frame(),
                start=("Budget", 6_610_000),
                name="Staffing cost, October",
                named={"Agency", "Overtime"},
            ),
            "Agency and overtime cost $214k more than planned",
            "Budget to actual, Western region, October 2026",
            "bridge",
            note="+ adds cost, − saves; the line is the budget. Orange marks the two the title "
            "names.",
        )
    with right:
        show(
            charts.xmr(
                invented.control_frame(mean=0.080, lower=0.059, upper=0.101),
                name="Overtime at Cedar Hill",
                unit="percent",
                target=0.09,
            ),
            "Overtime at Cedar Hill has left its usual range",
            f"Overtime as {PERCENT.strip()} of worked hours, 24 months; range set on Nov 2024 to "
            "Feb 2026",
            "xmr",
        )
    st.space("xsmall")
    left, right = st.columns(2, gap="medium")
    with left:
        show(
            charts.funnel(*invented.funnel_frames(), name="Agency share of hours"),
            "Three sites use more agency staff than their size explains",
            f"Agency share of hours by hours worked, October 2026; limits at 95{PERCENT} and "
            f"99.8{PERCENT}",
            "funnel",
        )
    with right:
        layout.block(
            f"Cedar Hill, Harbor Point and Lakeview are 56{PERCENT} of the gap",
            "Cost against budget, October 2026, $ thousand, largest overspend first",
        )
        rows = [
            ("Cedar Hill", "741", "812", "+71", "+9.6"),
            ("Harbor Point", "549", "604", "+56", "+10.1"),
            ("Lakeview", "731", "777", "+46", "+6.2"),
            ("Maple Grove", "661", "698", "+37", "+5.6"),
            ("Willow Creek", "669", "656", "−13", "−2.0"),
        ]
        table = [ui.Row(row, link=link("site", site=row[0].lower())) for row in rows]
        table.append(ui.Row(("All sites", "3,351", "3,547", "+196", "+5.8"), total=True))
        columns = [
            ui.Column("Site"),
            ui.Column("Budget", "right"),
            ui.Column("Actual", "right"),
            ui.Column("Gap", "right", phone="value"),
            ui.Column("Gap %", "right"),
        ]
        ui.responsive_table(columns, table, key="gap-table", label="Cost against budget by site")


def site() -> None:
    name = st.query_params.get("site", "cedar-hill").replace("-", " ").title()
    with layout.scope(f"{name} · Oct 2026"):
        st.selectbox("Site", ["Cedar Hill", "Elmwood"], key="site")
    layout.page_title(
        f"{name} is $71k over budget, the widest gap in the region",
        "Overtime and agency explain $52k of it.",
        second="Nursing home · 91 of 96 beds filled · site lead Dana Whitlock",
    )
    left, right = st.columns([1.15, 1], gap="medium")
    with left:
        layout.section("Before you walk in")
        items = [
            ui.AttentionItem(
                f"Overtime rose to 14.2{PERCENT} of worked hours, 4.1 points above "
                "the usual range.",
                second="Since September · night shifts on wing B",
                money="$38k",
                link=link("staffing"),
            ),
            ui.AttentionItem(
                "Lift 2 has failed twice this month.",
                second="Vendor visit booked 26 November",
                money="$4k",
            ),
            ui.AttentionItem(
                "Nitrile gloves (M) run out on 30 November.",
                second="Willow Creek can spare 12 boxes",
                money="–",
            ),
        ]
        ui.attention_list(items, key="before", label="Before you walk in")
        with st.container(horizontal=True):
            st.button("Send as briefing", type="primary", icon=":material/send:")
            st.button("Add a note", icon=":material/edit_note:")
    with right:
        layout.section("Key measures")
        ui.subject_list(
            [
                ui.SubjectItem(m.label, text, m.unit, invented.line_of(at, jump=jump), kind, pledge)
                for at, (m, text, jump, kind, pledge) in enumerate(
                    zip(
                        invented.MEASURES,
                        (
                            f"14.2{PERCENT}",
                            f"6.6{PERCENT}",
                            f"8.4{PERCENT}",
                            "$11.21",
                            "6",
                            f"3.5{PERCENT}",
                        ),
                        (5, 0, 0, 0, 0, -5),
                        ("concern_high", *["common_cause"] * 4, "improvement_low"),
                        (
                            "inconsistent",
                            "inconsistent",
                            "consistent_pass",
                            "inconsistent",
                            "consistent_fail",
                            "inconsistent",
                        ),
                        strict=True,
                    )
                )
            ],
            key="measures",
            label="Key measures",
        )
    left, right = st.columns([1.15, 1], gap="medium")
    with left:
        show(
            charts.xmr(
                invented.control_frame(mean=0.080, lower=0.059, upper=0.101),
                name="Overtime",
                unit="percent",
                height=240,
            ),
            "Overtime has left its usual range",
            "% of worked hours, 24 months",
            "site-xmr",
        )
    with right:
        layout.block("Stock that runs out first", "Days left at current use, 24 November")
        stock = [
            ("Nitrile gloves M", "30 Nov", 6, "Willow Creek can spare 12 boxes", "concern"),
            ("Wound dressing 10×10", "5 Dec", 11, "Lakeview can spare 20 boxes", "plain"),
            ("Incontinence pads L", "9 Dec", 15, "order due 1 Dec", "plain"),
        ]
        ui.responsive_table(
            [
                ui.Column("Item"),
                ui.Column("Runs out", phone="value"),
                ui.Column("Days left", quiet=True),
                ui.Column("Cover", phone="own", quiet=True),
            ],
            [
                ui.Row((item, when, ui.Cell(f"{days} days", tone=tone, bar=days / 30), cover))
                for item, when, days, cover, tone in stock
            ],
            key="stock",
            label="Stock that runs out first",
        )


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
