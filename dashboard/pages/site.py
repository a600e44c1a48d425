"""One site, to be read before walking in; without a site in the address, the list of all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date

import polars as pl
import streamlit as st

from dashboard import blocks, layout, lists, scope, sentences, store
from dashboard import format as fmt
from dashboard.components import (
    AttentionItem,
    Cell,
    Column,
    Row,
    attention_list,
    more_link,
    responsive_table,
    subject_list,
)
from dashboard.pages import sites
from dashboard.scope import Scope
from dashboard.store import Site
from pipelines.analysis.attention import Finding
from pipelines.calendar import add_months
from pipelines.metrics.ask import Answer
from pipelines.warehouse.needs import NEEDS

# Each measure with the page that says more about it.
MEASURES = {
    "overtime_share": "staffing",
    "agency_share": "staffing",
    "hours_per_visit": "staffing",
    "nursing_hprd": "staffing",
    "supply_cost_per_visit": "supplies",
    "supply_cost_per_resident_day": "supplies",
    "days_on_hand": "supplies",
    "open_issues": "facilities",
    "pm_compliance_high_risk": "facilities",
    "visits": "staffing",
    "resident_days": "staffing",
    "rn_hprd": "staffing",
    "units_issued": "supplies",
    "spend": "contracts",
}
MOST = 8  # key measures
BEFORE = 4  # findings
CHART = 240  # pixels
WITHIN = 14  # days in which an item is about to run out
PERIODS = 3  # months of missed maintenance
SPLIT = (1, 1)
FEEDS = {
    "labor": "Paid hours",
    "labor.pay": "Pay",
    "volume": "Visits or resident days",
    "supply_moves": "Supply movements",
    "stock": "Stock counts",
    "work_orders": "Work orders",
    "spend": "Invoices",
}


def page() -> None:
    """Draw the page."""
    wanted = st.query_params.get("site", "")
    site = store.sites().get(wanted)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        _picker(site)
        chosen = _choose(site)
    if site is None:
        sites.draw(chosen, unknown=wanted)
        return
    _headline(site, chosen)
    left, right = st.columns(SPLIT, gap="medium")
    with left:
        _before(site, chosen)
    with right:
        known = _measures(site, chosen)
    left, right = st.columns(SPLIT, gap="medium")
    with left:
        _control(site, chosen, known)
    with right:
        _stock(site, chosen)
    left, right = st.columns(SPLIT, gap="medium")
    with left:
        _issues(site, chosen)
    with right:
        _maintenance(site, chosen)
    left, right = st.columns(SPLIT, gap="medium")
    with left:
        _contracts(site, chosen)
    with right:
        _feeds(site, chosen)


def _picker(site: Site | None) -> None:
    """The choice of a site, which the address holds by its id."""
    known = store.sites()
    doubled = {n for n, times in Counter(s.name for s in known.values()).items() if times > 1}
    labels = {s.site: f"{s.name} ({s.site})" if s.name in doubled else s.name
              for s in known.values()}  # fmt: skip
    st.session_state["picked"] = site.site if site else None
    st.selectbox(
        "Site",
        list(known),
        index=None,
        key="picked",
        format_func=lambda one: labels[one],
        placeholder="Find a site",
        label_visibility="collapsed",
        on_change=_follow,
        width=236,
    )


def _follow() -> None:
    picked = st.session_state["picked"]
    if picked:
        st.query_params["site"] = picked
    else:
        st.query_params.pop("site", None)


def _choose(site: Site | None) -> Scope:
    """The scope; where the site's data end before the others', its last month is the latest."""
    if site is None:
        return scope.choose(())
    last = store.listed("site feeds", where={"site": [site.site]})["last"].max()
    latest = store.months()[1]
    own = last if isinstance(last, date) and latest and last < latest else None
    return scope.choose((), place=site.name, last=own)


def _headline(site: Site, chosen: Scope) -> None:
    cost = store.ask(
        "total_cost", chosen.period, where=chosen.at(site.site), compare=(chosen.compare,)
    )
    rows = cost.frame.drop_nulls("value").to_dicts()
    when = chosen.period.name()
    if not rows:
        why = f"What it cost is not known: {cost.reason}."
        layout.page_title(_without_cost(site, chosen), why, second=_who(site, chosen))
    elif len(rows) == 1 and chosen.compare == "budget" and rows[0]["budget"] is not None:
        gap = fmt.gap(rows[0]["value"] - rows[0]["budget"], rows[0]["currency"])
        said = f"It cost {fmt.money(rows[0]['value'], rows[0]['currency'])}. "
        layout.page_title(
            f"{site.name} was {gap} in {when}{_rank(site, chosen)}",
            said + _by_subject(site, chosen) + _incomplete(cost),
            second=_who(site, chosen),
        )
    else:
        said = fmt.names([blocks.cost_words(row, chosen) for row in rows])
        layout.page_title(
            f"{site.name} cost {said} in {when}", _incomplete(cost), second=_who(site, chosen)
        )
    absent = dict.fromkeys(NEEDS[missing.need].what for missing in cost.missing)
    layout.state_line(as_of=cost.published, missing=list(absent), noun="feed")


def _without_cost(site: Site, chosen: Scope) -> str:
    """The first thing that is known of a site whose cost isn't."""
    when = chosen.period.name()
    ways = {
        "nursing_hprd": f"{site.name} gave {{}} nursing hours per resident day in {when}",
        "visits": f"{site.name} had {{}} visits in {when}",
        "units_issued": f"{site.name} issued {{}} units of supplies in {when}",
        "open_issues": f"{site.name} had {{}} issues open at the end of {when}",
    }
    for name, words in ways.items():
        value = store.ask(name, chosen.period, where=chosen.at(site.site)).value
        if value is not None:
            decimals = 2 if name == "nursing_hprd" else 0
            return words.format(fmt.number(value, decimals=decimals))
    return f"Nothing is known of {site.name} for {when}"


def _rank(site: Site, chosen: Scope) -> str:
    """Whether its gap is the widest of its region."""
    where = {"region": [site.region]}
    gaps = store.ask("budget_variance", chosen.period, by=("site",), where=where).frame
    gaps = gaps.drop_nulls("value").sort("value", descending=True)
    widest = gaps.height > 1 and gaps["site"][0] == site.site and gaps["value"][0] > 0
    return f", the widest gap in {site.region}" if widest else ""


def _by_subject(site: Site, chosen: Scope) -> str:
    """The two subjects that make up most of the gap."""
    frame = store.ask(
        "budget_variance", chosen.period, by=("subject",), where=chosen.at(site.site)
    ).frame
    parts = [
        f"{sentences.SUBJECTS.get(row['subject'], row['subject']).lower()} "
        f"{fmt.gap(row['value'], row['currency'])}"
        for row in frame.drop_nulls("value").sort(-pl.col("value").abs()).head(2).to_dicts()
    ]
    return f"{fmt.names(parts)}.".capitalize() if parts else ""


def _incomplete(site: Site, chosen: Scope) -> str:
    """What the cost is without, in a sentence; "" where all of it is there."""
    states = _states(site, chosen)
    absent = [said for need, said in sites.PARTS.items() if states.get(need) in ("late", "never")]
    if not absent:
        return ""
    verb = "is" if absent in (["pay"],) else "are"
    return f" {fmt.names(absent)} {verb} not in it: no export brought them.".capitalize()


def _who(site: Site, chosen: Scope) -> str:
    """Kind, region, how full or how busy, and whether it is new or closed."""
    parts = [site.kind, site.region, _full(site, chosen)]
    if site.opened and site.opened > add_months(chosen.month, -12):
        parts.append(f"opened {fmt.day(site.opened)}")
    if site.closed:
        parts.append(f"closed {fmt.day(site.closed)}")
    if site.provisional:
        parts.append("not in the register of sites")
    return " · ".join(part for part in parts if part and part != "Unstated")


def _full(site: Site, chosen: Scope) -> str:
    stayed = store.ask("resident_days", chosen.period, where=chosen.at(site.site)).value
    if stayed and site.beds:
        filled = float(stayed) / chosen.period.days
        return f"{fmt.count(filled)} of {fmt.counted(site.beds, 'bed')} filled"
    if stayed:
        return f"{fmt.count(float(stayed) / chosen.period.days)} residents a day"
    visits = store.ask("visits", chosen.period, where=chosen.at(site.site)).value
    return f"{fmt.counted(visits, 'visit')} in {chosen.period.name()}" if visits else ""


def _before(site: Site, chosen: Scope) -> None:
    layout.section("Before you walk in")
    found = [
        finding
        for finding in store.listed("attention", chosen.month, where=chosen.at(site.site))
        if finding.site == site.site
    ]
    if not found:
        layout.empty("Nothing at this site is outside its usual range this month.")
        return
    attention_list(
        [_item(finding) for finding in found[:BEFORE]], key="before", label="Before you walk in"
    )
    if len(found) > BEFORE:
        layout.note(f"{fmt.count(len(found) - BEFORE)} more weigh less and are left out here.")


def _item(finding: Finding) -> AttentionItem:
    return AttentionItem(
        sentence=sentences.sentence_here(finding),
        second=sentences.second_line(finding),
        money=fmt.money(finding.money, finding.currency or "USD"),
        note=sentences.money_note(finding),
        link=scope.to_page(finding.subject),
    )


def _measures(site: Site, chosen: Scope) -> list[str]:
    """Draw the key measures; return those that are known here."""
    where = chosen.at(site.site)
    known = [name for name in MEASURES if blocks.is_known(name, chosen, where)]
    layout.section("Key measures")
    if not known:
        layout.empty(f"None is known for {chosen.period.name()}.")
        return []
    items = [blocks.measure_item(n, chosen, where, MEASURES[n]) for n in known[:MOST]]
    subject_list(items, key="measures", label=f"Key measures of {site.name}")
    return known


def _control(site: Site, chosen: Scope, known: Sequence[str]) -> None:
    """The measure furthest outside its usual range; else the first that has one."""
    where = chosen.at(site.site)
    found = blocks.most_outside(known, chosen, where)
    drawn = [n for n in known if store.series(n, chosen.month, where).chart is not None]
    name = found[0] if found else drawn[0] if drawn else None
    if name is None:
        layout.block("Its usual range")
        layout.empty("No measure has two months yet.")
        return
    blocks.control_chart(name, chosen, "control", where=where, height=CHART)


def _stock(site: Site, chosen: Scope) -> None:
    where = chosen.at(site.site)
    frame = store.listed("running out", chosen.period.stop, where=where, within=WITHIN)
    layout.block("Stock that runs out first", f"Days left on {fmt.day(chosen.period.stop)}")
    if not frame.is_empty():
        lists.run_outs(frame, key="stock", first=6, sites=False)
    elif store.ask("units_issued", chosen.period, where=where).value is None:
        layout.empty(f"Here {blocks.wanting(('stock', 'supply_moves'))}")
    else:
        layout.empty(f"No item runs out within {fmt.days(WITHIN)}.")


def _issues(site: Site, chosen: Scope) -> None:
    frame = store.listed("open orders", chosen.period.stop, where=chosen.at(site.site))
    if frame.is_empty():
        layout.block("Open issues")
        count = store.ask("open_issues", chosen.period, where=chosen.at(site.site))
        known = count.value is not None
        layout.empty("No issue is open." if known else f"Here {blocks.wanting(('work_orders',))}")
        return
    late = frame.height - frame["late"].null_count()
    verb = "is" if frame.height == 1 else "are"
    layout.block(
        f"{fmt.counted(frame.height, 'issue')} {verb} open"
        + (f", {fmt.count(late)} past due" if late else ""),
        "Riskiest and oldest first",
    )
    lists.open_orders(frame, key="open", first=8, sites=False)


def _maintenance(site: Site, chosen: Scope) -> None:
    first = add_months(chosen.period.stop.replace(day=1), 1 - PERIODS)
    stop = chosen.period.stop
    frame = store.listed("missed maintenance", first, stop, where=chosen.at(site.site))
    layout.block("Maintenance that was missed", f"Due since {fmt.month(first)}, high risk first")
    if frame.is_empty():
        done = store.ask("pm_compliance", chosen.period, where=chosen.at(site.site)).value
        layout.empty(
            f"Here {blocks.wanting(('work_orders.planned',))}" if done is None else "None was."
        )
        return
    lists.missed(frame, key="missed", first=6, sites=False)


def _contracts(site: Site, chosen: Scope) -> None:
    frame = store.listed("notices", chosen.period.stop, where=chosen.at(site.site))
    layout.block("Contracts and notices", "Last days for giving notice within 90 days, or missed")
    if frame.is_empty():
        layout.empty("No contract of this site needs notice in the next 90 days.")
        return
    lists.notices(frame, key="notices", first=6)


def _feeds(site: Site, chosen: Scope) -> None:
    """Which exports are in for the month, and how far each one reaches."""
    where = chosen.at(site.site)
    reach = dict(store.listed("site feeds", where=where).select("need", "last").iter_rows())
    states = dict(
        store.listed("feeds", chosen.month, where=where).select("need", "state").iter_rows()
    )
    shown = {need: name for need, name in FEEDS.items() if need in reach or _expected(need, states)}
    arrived = sum(states.get(need) == "in" for need in shown)
    layout.block(
        f"{fmt.count(arrived)} of {fmt.counted(len(shown), 'feed')} "
        f"{'is' if len(shown) == 1 else 'are'} in for {fmt.month(chosen.month)}",
        "What this site's systems have sent",
    )
    rows = [
        Row(
            [
                name,
                _state(states.get(need, "none")),
                fmt.month(reach[need]) if need in reach else "–",
            ]
        )
        for need, name in shown.items()
    ]
    if rows:
        columns = [
            Column("Feed"),
            Column("State", phone="value"),
            Column("Reaches to", align="right"),
        ]
        responsive_table(columns, rows, key="feeds", label=f"Feeds of {site.name}")
    more_link("Data health of all sites", scope.to_page("data"), key="data-link")


def _expected(need: str, states: dict[str, str]) -> bool:
    return states.get(need) in ("late", "never")


def _state(state: str) -> Cell:
    match state:
        case "in":
            return Cell("in")
        case "late":
            return Cell("not in yet", tone="concern")
        case "never":
            return Cell("never received", tone="muted")
    return Cell("not expected", tone="muted")
