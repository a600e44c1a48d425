"""Findings in words: subject, place, verb, number, comparison. No adjectives for size."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pipelines import format as fmt
from pipelines.analysis.attention import Finding
from pipelines.analysis.explained import Cause
from pipelines.metrics import find
from pipelines.wording.units import unit_of, written

SUBJECTS = {
    "staffing": "Staffing",
    "supplies": "Supplies",
    "facilities": "Facilities",
    "contracts": "Contracts",
    "budget": "Budget",
}
COUNTS = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six"}
ORDINALS = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", 6: "sixth"}


def sentence(finding: Finding) -> str:
    """One finding as a sentence."""
    return _SENTENCES[finding.kind](finding, finding.details)


def sentence_here(finding: Finding) -> str:
    """The sentence without the site's name, for a place that has said it already."""
    said = sentence(finding).replace(f" at {finding.site_name}", "", 1)
    rest = said.removeprefix(f"{finding.site_name} ")
    return rest[:1].upper() + rest[1:]


def second_line(finding: Finding) -> str:
    """Subject, and how long or how soon."""
    said = _SECOND[finding.kind](finding.details)
    return f"{SUBJECTS[finding.subject]} · {said}" if said else SUBJECTS[finding.subject]


def money_note(finding: Finding) -> str:
    """What the amount at the right of the line means."""
    if finding.money is not None:
        return _NOTES[finding.kind]
    return "cost not shown" if finding.details.get("withheld") else "no cost known"


def known(causes: Sequence[Cause], name_of: Callable[[str], str]) -> str:
    """What moves totals for a known reason, as one sentence; empty where nothing does."""
    said = "; ".join(_cause(one, name_of) for one in causes)
    return f"Known causes, and no alarms: {said}." if said else ""


def _cause(one: Cause, name_of: Callable[[str], str]) -> str:
    if one.kind == "pay_dates":
        sites = fmt.counted(len(one.sites), "site")
        where = name_of(one.sites[0]) if len(one.sites) == 1 else sites
        return f"{fmt.month(one.day)} has {COUNTS.get(one.count, one.count)} pay dates at {where}"
    return f"{name_of(one.sites[0])} {one.kind} on {fmt.day_in_sentence(one.day, year=True)}"


def _signal(finding: Finding, d: Any) -> str:
    metric = find(d["metric"])
    if d["gap"]:
        return (
            f"{metric.title} at {finding.site_name} came {fmt.days(d['value'])} apart, "
            f"the usual time is {fmt.days(d['mean'])}."
        )
    unit, currency = unit_of(metric), finding.currency or "USD"
    value = written(metric, d["value"], currency)
    edge = d["upper"] if d["value"] > d["mean"] else d["lower"]
    beyond = abs(d["value"] - edge) if (d["value"] > d["upper"]) or (d["value"] < d["lower"]) else 0
    side = "above" if d["value"] > d["mean"] else "below"
    verb = "rose to" if side == "above" else "fell to"
    of = f" {metric.per}" if metric.per.startswith("of ") else ""
    if beyond:
        rest = f"{fmt.change(beyond, unit, currency)} {side} its usual range"
    else:
        usual = written(metric, d["mean"], currency)
        rest = f"{side} its usual {usual} for {d['running']} months"
    return f"{metric.title} at {finding.site_name} {verb} {value}{of}, {rest}."


def _missed(finding: Finding, d: Any) -> str:
    orders = fmt.counted(d["count"], "maintenance order")
    return (
        f"{finding.site_name} missed {orders} on high-risk equipment since "
        f"{fmt.day_in_sentence(d['since'])}; {fmt.counted(d['assets'], 'device')} concerned."
    )


def _run_out(finding: Finding, d: Any) -> str:
    left = (
        f"{d['item_name']} at {finding.site_name} runs out on {fmt.day_in_sentence(d['runs_out'])}"
    )
    if d["spare_name"]:
        return f"{left}; {d['spare_name']} can spare {fmt.quantity(d['spare'], d['unit'])}."
    return f"{left}."


def _notice(finding: Finding, d: Any) -> str:
    title = d["title"] or d["contract"]
    rise = (
        f" at a {fmt.percent(float(d['escalator']) / 100)} higher price"
        if d["escalator"] and not (d["escalator_index"] or d["escalator_steps"])
        else ""
    )
    if d["auto_renew"]:
        return (
            f"The contract {title} renews{rise} unless notice is given by "
            f"{fmt.day_in_sentence(d['notice_date'])}."
        )
    return f"The contract {title} needs a decision by {fmt.day_in_sentence(d['notice_date'])}."


def _locked(finding: Finding, d: Any) -> str:
    title = d["title"] or d["contract"]
    return (
        f"The contract {title} renews by itself on {fmt.day_in_sentence(d['end'])}: notice was due "
        f"on {fmt.day_in_sentence(d['notice_date'])}."
    )


def _paid_twice(finding: Finding, d: Any) -> str:
    return (
        f"{d['supplier']} may have been paid twice at {finding.site_name}: invoices "
        f"{d['document']} and {d['other_document']} are alike."
    )


def _price_creep(finding: Finding, d: Any) -> str:
    return (
        f"The price of {d['item_name']} rose by {fmt.percent(d['rise'])} in a year, to "
        f"{fmt.unit_price(d['now'], finding.currency or 'USD')}."
    )


_SENTENCES: dict[str, Callable[[Finding, Any], str]] = {
    "signal": _signal,
    "missed": _missed,
    "run_out": _run_out,
    "notice": _notice,
    "locked": _locked,
    "paid_twice": _paid_twice,
    "price_creep": _price_creep,
}


def _running(d: Any) -> str:
    months = d["running"]
    return f"{ORDINALS.get(months, f'{months}th')} month running" if months > 1 else "this month"


_SECOND: dict[str, Callable[[Any], str]] = {
    "signal": _running,
    "missed": lambda d: "last three months",
    "run_out": lambda d: fmt.days(int(d["days_left"])) + " of stock left",
    "notice": lambda d: fmt.days_left(d["days"]),
    "locked": lambda d: f"{d['vendor']}, locked for {d['renewal_months'] or 12} months",
    "paid_twice": lambda d: f"{fmt.day(d['date'])} and {fmt.day(d['other_date'])}",
    "price_creep": lambda d: "all sites",
}
_NOTES = {
    "signal": "this month",
    "missed": "",
    "run_out": "",
    "notice": "a month",
    "locked": "a month",
    "paid_twice": "to recover",
    "price_creep": "a month",
}
