"""The pages of the gallery, laid out as the real ones will be."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from dashboard import charts, layout
from dashboard import components as ui
from dashboard.charts.show import show
from dashboard.components import link
from pipelines.format.figures import NARROW
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
    ui.site_grid(
        invented.MEASURES, invented.grid_rows(count), key="grid-many",
        order=st.query_params.get("sort", ""), parameter="sort", view=ui.view_of_address(),
    )  # fmt: skip


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
