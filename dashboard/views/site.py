"""One site, to be read before walking in; without a site in the address, the list of all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date

import streamlit as st

from dashboard import (
    blocks,
    control,
    further,
    layout,
    lists,
    noting,
    packs,
    scope,
    sentences,
    site_head,
    site_roll,
    store,
)
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
from dashboard.scope import Scope
from dashboard.store import Site
from pipelines.analysis.attention import Finding
from pipelines.calendar import add_months

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
EVERY = ""  # the choice of all sites
MOST = 6  # key measures
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
    scope.known_then()
    wanted = st.query_params.get("site", "")
    site = store.sites().get(wanted)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        _picker(site)
        chosen = _choose(site)
    if site is None:
        site_roll.draw(chosen, unknown=wanted)
        return
    site_head.headline(site, chosen)
    packs.offer(chosen, site=site.site)
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
        further.complaints(chosen, chosen.at(site.site), folded=True)


def _picker(site: Site | None) -> None:
    """The choice of a site, which the address holds by its id."""
    known = store.sites()
    doubled = {n for n, times in Counter(s.name for s in known.values()).items() if times > 1}
    labels = {s.site: f"{s.name} ({s.site})" if s.name in doubled else s.name
              for s in known.values()}  # fmt: skip
    # "All sites" is a choice like any: the button that would clear it is too small for a finger.
    st.session_state["picked"] = site.site if site else EVERY
    st.selectbox(
        "Site",
        [EVERY, *known],
        key="picked",
        format_func=lambda one: labels.get(one, "All sites"),
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
        return scope.choose((), begun=True)
    last = store.listed("site feeds", where={"site": [site.site]})["last"].max()
    latest = store.months()[1]
    own = last if isinstance(last, date) and latest and last < latest else None
    return scope.choose((), place=site.name, last=own, begun=True)


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
    notes = noting.by_number()
    items = [_item(finding, chosen, notes) for finding in found[:BEFORE]]
    attention_list(items, key="before", label="Before you walk in")
    if len(found) > BEFORE:
        layout.note(f"{fmt.count(len(found) - BEFORE)} more weigh less and are left out here.")


def _item(finding: Finding, chosen: Scope, notes: noting.Noted) -> AttentionItem:
    pinned = noting.of_finding(finding, chosen.month)
    return AttentionItem(
        sentence=sentences.sentence_here(finding),
        second=sentences.second_line(finding),
        money=fmt.money(finding.money, finding.currency or "USD"),
        note=sentences.money_note(finding),
        link=scope.to_page(finding.subject),
        number=pinned and pinned.link(),
        remarks=noting.remarks(pinned, notes),
    )


def _measures(site: Site, chosen: Scope) -> list[str]:
    """Draw the key measures; return those that are known here."""
    where = chosen.at(site.site)
    known = [name for name in MEASURES if blocks.is_known(name, chosen, where)]
    layout.section("Key measures")
    if not known:
        layout.empty(f"None is known for {chosen.period.name()}.")
        return []
    unusual = [name for name in known if blocks.most_outside((name,), chosen, where)]
    kept = set([*unusual, *(name for name in known if name not in unusual)][:MOST])
    items = [blocks.measure_item(n, chosen, where, MEASURES[n]) for n in known if n in kept]
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
    control.chart(name, chosen, "control", where=where, height=CHART)


def _stock(site: Site, chosen: Scope) -> None:
    where = chosen.at(site.site)
    day = store.day_of(chosen.month)
    frame = store.listed("running out", day, where=where, within=WITHIN)
    layout.block(
        "Stock that runs out first",
        f"On {fmt.day(day)}; four in five run out within the days below" if frame.height else "",
    )
    if not frame.is_empty():
        lists.run_outs(frame, key="stock", first=6, sites=False)
    elif store.ask("units_issued", chosen.period, where=where).value is None:
        layout.empty(f"Here {blocks.wanting(('stock', 'supply_moves'))}")
    else:
        layout.empty(f"No item runs out within {fmt.days(WITHIN)}.")
    sent = store.listed("transfers", day, where=where)
    if sent.height:
        layout.block("What to send or fetch", "So that nothing runs out and less expires")
        lists.transfers(sent, key="transfers", first=4, site=site.site)


def _issues(site: Site, chosen: Scope) -> None:
    day, where = chosen.period.stop, chosen.at(site.site)
    counts = store.listed("open counts", day, where=where)
    if not counts.orders:
        layout.block("Open issues")
        count = store.ask("open_issues", chosen.period, where=where)
        known = count.value is not None
        layout.empty("No issue is open." if known else f"Here {blocks.wanting(('work_orders',))}")
        return
    frame = store.listed("open orders", day, where=where, most=lists.MOST)
    verb = "is" if counts.orders == 1 else "are"
    layout.block(
        f"{fmt.counted(counts.orders, 'issue')} {verb} open"
        + (f", {fmt.count(counts.late)} past due" if counts.late else ""),
        "Riskiest and oldest first",
    )
    lists.open_orders(frame, key="open", first=8, of=counts.orders, sites=False)


def _maintenance(site: Site, chosen: Scope) -> None:
    first = add_months(chosen.period.stop.replace(day=1), 1 - PERIODS)
    stop, where = chosen.period.stop, chosen.at(site.site)
    counts = store.listed("missed counts", first, stop, where=where)
    since = f"Due since {fmt.month(first)}, high risk first"
    if not counts.orders:
        layout.block("Maintenance that was missed", since)
        done = store.ask("pm_compliance", chosen.period, where=where).value
        layout.empty(
            f"Here {blocks.wanting(('work_orders.planned',))}" if done is None else "None was."
        )
        return
    frame = store.listed("missed maintenance", first, stop, where=where, most=lists.MOST)
    layout.block(
        f"{fmt.counted(counts.orders, 'maintenance order')} "
        f"{'was' if counts.orders == 1 else 'were'} missed"
        + (f", {fmt.count(counts.high)} on high-risk equipment" if counts.high else ""),
        since,
    )
    lists.missed(frame, key="missed", first=6, of=counts.orders, sites=False)


def _contracts(site: Site, chosen: Scope) -> None:
    frame = store.listed("notices", store.day_of(chosen.month), where=chosen.at(site.site))
    layout.block("Contracts and notices", "Last days for giving notice within 90 days, or missed")
    if frame.is_empty():
        layout.empty("No contract of this site needs notice in the next 90 days.")
        return
    lists.notices(frame, key="notices", first=6)


def _feeds(site: Site, chosen: Scope) -> None:
    """Which exports are in for the month; those that aren't, with how far they reach."""
    where = chosen.at(site.site)
    reach = dict(store.listed("site feeds", where=where).select("need", "last").iter_rows())
    states = site_head.states(site, chosen)
    expected = {n: name for n, name in FEEDS.items() if n in reach or states.get(n) == "never"}
    arrived = [name for need, name in expected.items() if states.get(need) == "in"]
    if not expected:
        layout.block("What has come in")
        layout.empty("No export has brought anything of this site yet.")
        return
    layout.block(
        f"{fmt.count(len(arrived))} of {fmt.counted(len(expected), 'feed')} "
        f"{'is' if len(expected) == 1 else 'are'} in for {fmt.month(chosen.month)}",
        "What this site's systems have sent",
    )
    if arrived:
        layout.paragraph(f"In: {fmt.names(arrived).lower()}.")
    rows = [
        Row([name, _state(states.get(need)), fmt.month(reach.get(need))])
        for need, name in expected.items()
        if states.get(need) != "in"
    ]
    if rows:
        columns = [
            Column("Feed"),
            Column("State", phone="value"),
            Column("Reaches to", align="right", phone="second"),
        ]
        responsive_table(columns, rows, key="feeds", label=f"Feeds that {site.name} lacks")
    more_link("Data health of all sites", scope.to_page("data"), key="data-link")


def _state(state: str | None) -> Cell:
    match state:
        case "late":
            return Cell("not in yet", tone="concern")
        case "never":
            return Cell("never received", tone="muted")
    return Cell("not expected", tone="muted")
