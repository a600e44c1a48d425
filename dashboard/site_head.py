"""The head of a site's page: what it cost, where it stands, who it is."""

from __future__ import annotations

import polars as pl

from dashboard import blocks, layout, sentences, store
from dashboard import format as fmt
from dashboard.scope import Scope
from dashboard.store import Site
from pipelines.calendar import add_months
from pipelines.metrics.ask import Answer
from pipelines.warehouse.needs import NEEDS

# Parts of a site's cost, each with the feed that brings it.
PARTS = {"labor.pay": "pay", "supply_moves": "supplies", "spend": "invoices"}
SUBJECTS = 2  # named in the explanation


def headline(site: Site, chosen: Scope) -> None:
    """The money finding; without costs, the first thing that is known."""
    cost = store.ask(
        "total_cost", chosen.period, where=chosen.at(site.site), compare=(chosen.compare,)
    )
    title, explanation = _finding(site, chosen, cost)
    layout.page_title(title, explanation, second=_who(site, chosen))
    absent = dict.fromkeys(NEEDS[missing.need].what for missing in cost.missing)
    layout.state_line(as_of=cost.published, missing=list(absent), noun="feed")


def _finding(site: Site, chosen: Scope, cost: Answer) -> tuple[str, str]:
    """The title and the sentences below it."""
    rows = cost.frame.drop_nulls("value").to_dicts()
    when = chosen.period.name()
    if not rows:
        return _without_cost(site, chosen), f"What it cost is not known: {cost.reason}."
    if len(rows) > 1 or chosen.compare != "budget" or rows[0]["budget"] is None:
        said = fmt.names([blocks.cost_words(row, chosen) for row in rows])
        return f"{site.name} cost {said} in {when}", _incomplete(site, chosen)
    gap = fmt.gap(rows[0]["gap"], rows[0]["currency"])
    paid = f"It cost {fmt.money(rows[0]['value'], rows[0]['currency'])}."
    said = [paid, _by_subject(site, chosen), _incomplete(site, chosen)]
    title = f"{site.name} was {gap} in {when}{_rank(site, chosen)}"
    return title, " ".join(filter(None, said))


def states(site: Site, chosen: Scope) -> dict[str, str]:
    """The state of each feed of a site in the scope's month."""
    feeds = store.listed("feeds", chosen.month, where=chosen.at(site.site))
    return dict(feeds.select("need", "state").iter_rows())


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
        for row in frame.drop_nulls("value").sort(-pl.col("value").abs()).head(SUBJECTS).to_dicts()
    ]
    return f"{fmt.names(parts)}.".capitalize() if parts else ""


def _incomplete(site: Site, chosen: Scope) -> str:
    """What the cost is without, in a sentence; "" where all of it is there."""
    known = states(site, chosen)
    absent = [said for need, said in PARTS.items() if known.get(need) in ("late", "never")]
    if not absent:
        return ""
    return f"The cost is without {fmt.names(absent)}: no export brought that."


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
