"""The commands that look ahead by what might be done: what if, and the flexible budget."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
import polars as pl

from pipelines.calendar import Period
from pipelines.errors import UsageProblem
from pipelines.frames import write_frame
from pipelines.options import day, form_options, home_option
from pipelines.reports import filters
from pipelines.settings import Home
from pipelines.terminal import hand_over, say

FILE = click.Path(dir_okay=False, exists=True, path_type=Path)


@click.command("what-if")
@click.option(
    "--lever",
    "levers",
    multiple=True,
    help="What is done: agency:-20%@site=ELM/OAK,from=2026-11. The levers are agency, overtime, "
    "wage, volume, price and escalator; after @ come site, region, kind, role, subject, "
    "contract, from, to, and how=drop for hours that nobody takes over.",
)
@click.option("--file", "path", type=FILE, help="A scenario as TOML or JSON.")
@click.option("--scenario", "name", help="A scenario that was kept.")
@click.option("--save", "keep", help="Keep it under this name.")
@click.option("--forget", help="Take the scenario of this name back.")
@click.option("--list", "listed", is_flag=True, help="List the scenarios that were kept.")
@click.option("--compare", nargs=2, help="Set two beside each other: their names, or their text.")
@click.option("--write", type=click.Choice(["text", "toml", "json"]), help="Write it out so.")
@click.option("--year", type=int, help="The fiscal year (default: that of the next month).")
@click.option("--by", default="", help="Steps for each: site, region, kind, subject, month.")
@click.option("--where", multiple=True, help="Keep sites: region=North or region=North,South.")
@click.option("--author", help="Who keeps it (default: ROUNDS_AUTHOR, else the account's name).")
@form_options
@home_option
def what_if(
    levers: tuple[str, ...], path: Path | None, name: str | None, keep: str | None,
    forget: str | None, listed: bool, compare: tuple[str, str] | None, write: str | None,
    year: int | None, by: str, where: tuple[str, ...], author: str | None, form: str,
    out: Path | None, as_json: bool, home: Path | None,
) -> None:  # fmt: skip
    """Tell where the year would land if agency, overtime, pay, volume or prices changed."""
    from pipelines.access.viewing import permit
    from pipelines.analysis.scenarios import saved
    from pipelines.analysis.scenarios.scenario import Scenario

    place, form = Home.find(home), "json" if as_json else form
    if keep or forget:
        permit(place, "decide")
    if forget:
        saved.forget(place, forget, author, *_view(place))
        say(f"Forgot {forget}.")
        return
    if listed:
        _list(place, form, out)
        return
    if compare:
        _compare(place, compare, year, filters(where), form, out)
        return
    scenario = Scenario.parse("~".join(levers))
    if path:
        text = path.read_text(encoding="utf-8", errors="replace")
        scenario = Scenario((*scenario.levers, *Scenario.read(text).levers))
    if name:
        scenario = Scenario((*scenario.levers, *saved.recalled(place, name, *_view(place)).levers))
    if not scenario.levers:
        raise UsageProblem("Say what might be done: --lever agency:-20%, --file or --scenario.")
    if write:
        _write(scenario, write)
        return
    _play(place, scenario, year, filters(where), [n for n in by.split(",") if n], form, out)
    if keep:
        kept = saved.save(place, keep, scenario, author)
        say(f"Kept as {kept.name}, by {kept.author}.", err=form != "table")


@click.command()
@click.option("--from", "start", required=True, help="First day, as 2026-10-01.")
@click.option("--to", "stop", required=True, help="Last day, as 2026-10-31.")
@click.option("--by", default="subject", help="Group by site, month, subject (default: subject).")
@click.option("--where", multiple=True, help="Keep sites: region=North or region=North,South.")
@form_options
@home_option
def flex(
    start: str, stop: str, by: str, where: tuple[str, ...], form: str, out: Path | None,
    as_json: bool, home: Path | None,
) -> None:  # fmt: skip
    """Tell how much of the gap to budget is volume: the budget for the visits that came."""
    from pipelines.access.viewing import opened
    from pipelines.analysis.causes.flex import flex_budget
    from pipelines.analysis.scenarios.elasticity import Fixed

    place = Home.find(home)
    first, last = day(start), day(stop)
    if first is None or last is None:
        raise UsageProblem("A flexible budget needs its first and its last day: --from and --to.")
    found = flex_budget(
        opened(place), Period(first, last), filters(where), fixed=Fixed.of(place.group())
    )
    names = [name for name in by.split(",") if name]
    for one in names:
        if one not in ("site", "month", "subject"):
            raise UsageProblem(
                f"There is nothing to group by in {one}; known are site, month and subject."
            )
    about = {"period": Period(first, last).name(), "shares": found.shares}
    title = f"The budget of {about['period']}, for the volume that came"
    form = "json" if as_json else form
    write_frame(found.by(*names), form, out, title=title, about=about)
    _tell([found.shares], form, out)


def _play(
    place: Home, scenario: Any, year: int | None, where: Mapping[str, Sequence[str]],
    by: Sequence[str], form: str, out: Path | None,
) -> None:  # fmt: skip
    from pipelines.analysis.scenarios.assumed import assumptions, check
    from pipelines.analysis.scenarios.landed import steps
    from pipelines.analysis.scenarios.what_if import what_if as play

    baseline = _baseline(place, year, where)
    check(baseline, scenario)
    outcome = play(baseline, scenario)
    told = assumptions(outcome)
    frame = steps(outcome, *by).drop("number")
    title = f"The year to {baseline.stop.day} {baseline.stop:%b %Y}, if this were done"
    ranges = {c: reach for c in baseline.currencies if (reach := outcome.reach(c))}
    if ranges:
        said = (f"{low:,.0f} to {high:,.0f} {c}" for c, (low, high) in ranges.items())
        title += f"; 80 % range {', '.join(said)}"
    about = {
        "range": {c: {"low": low, "high": high} for c, (low, high) in ranges.items()},
        "scenario": scenario.code, "from": baseline.start, "to": baseline.stop,
        "known_until": baseline.last, "assumptions": told,
    }  # fmt: skip
    write_frame(frame, form, out, title=title, about=about)
    _tell(told, form, out)


def _compare(
    place: Home, names: tuple[str, str], year: int | None, where: Mapping[str, Sequence[str]],
    form: str, out: Path | None,
) -> None:  # fmt: skip
    from pipelines.analysis.scenarios.assumed import assumptions, check
    from pipelines.analysis.scenarios.landed import compared
    from pipelines.analysis.scenarios.saved import recalled
    from pipelines.analysis.scenarios.what_if import what_if as play

    baseline = _baseline(place, year, where)
    outcomes = []
    for name in names:
        scenario = recalled(place, name, *_view(place))
        check(baseline, scenario)
        outcomes.append(play(baseline, scenario))
    frame = compared(*outcomes).with_columns(pl.col("subject").fill_null("all"))
    told = list(dict.fromkeys(s for one in outcomes for s in assumptions(one)))
    about = {
        "one": {"name": names[0], "scenario": outcomes[0].scenario.code},
        "other": {"name": names[1], "scenario": outcomes[1].scenario.code},
        "to": baseline.stop, "assumptions": told,
    }  # fmt: skip
    head = f"The year to {baseline.stop.day} {baseline.stop:%b %Y}"
    title = f"{head}: one is {names[0]}, other is {names[1]}"
    write_frame(frame, form, out, title=title, about=about)
    _tell(told, form, out)


def _baseline(place: Home, year: int | None, where: Mapping[str, Sequence[str]]) -> Any:
    from pipelines.access.viewing import opened
    from pipelines.analysis.outlook.landing import landing
    from pipelines.analysis.outlook.study import study
    from pipelines.analysis.scenarios.drivers import baseline_of
    from pipelines.analysis.scenarios.elasticity import Fixed
    from pipelines.analysis.scenarios.foreseen import foreseen

    group, reader = place.group(), opened(place)
    baseline = baseline_of(reader, where, year=year, fiscal=group.calendar, fixed=Fixed.of(group))
    span = Period(baseline.start, baseline.stop)
    try:
        told = landing(reader, study(reader), span, until=baseline.last, where=where)
    except UsageProblem:  # a year that has not begun, or too little is known to forecast
        return baseline
    return foreseen(baseline, told)


def _view(place: Home) -> tuple[Any, str]:
    """Who asks: a reader of what they see, and their login; no reader for who sees everything."""
    from pipelines.access.viewing import opened, viewer_of_command

    viewer = viewer_of_command(place)
    whole = viewer.everywhere and viewer.subjects is None
    return (None if whole else opened(place, viewer)), viewer.login


def _list(place: Home, form: str, out: Path | None) -> None:
    from pipelines.analysis.scenarios.saved import saved

    rows = [
        (one.name, one.scenario.code, one.author, one.moment) for one in saved(place, *_view(place))
    ]
    schema: dict[str, Any] = {
        "name": pl.String, "scenario": pl.String, "author": pl.String, "kept": pl.Datetime("us")
    }  # fmt: skip
    title = "" if rows else "No scenario was kept yet."
    write_frame(pl.DataFrame(rows, schema=schema, orient="row"), form, out, title=title)


def _write(scenario: Any, form: str) -> None:
    if form == "text":
        say(scenario.code)
    else:
        told = scenario.to_toml() if form == "toml" else scenario.to_json()
        hand_over(told.rstrip("\n") + "\n")


def _tell(sentences: Sequence[str], form: str, out: Path | None) -> None:
    """What is taken for granted, under a table for people."""
    if form == "table" and out is None:
        say("\nTaken for granted:")
        for sentence in sentences:
            say(f"- {sentence}")
