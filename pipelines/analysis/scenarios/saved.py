"""Scenarios that were kept: by name, with their author and time, in the home's state."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pipelines.analysis.kept_for import is_told
from pipelines.analysis.scenarios.scenario import Scenario
from pipelines.errors import UsageProblem, nearest
from pipelines.settings import Home
from pipelines.state import Decision, What, decide, standing
from pipelines.warehouse.reader import Reader

LONGEST = 60  # characters of a name


@dataclass(frozen=True, slots=True)
class Saved:
    """A scenario under its name; `moment` is in UTC."""

    name: str
    scenario: Scenario
    author: str
    moment: datetime


def save(home: Home, name: str, scenario: Scenario, by: str | None = None) -> Saved:
    """Keep a scenario under a name; one that was kept under it before is replaced.

    UsageProblem for a name that is empty, long or could be a lever, or a scenario without levers.
    """
    bare = " ".join(name.split())
    if not bare or len(bare) > LONGEST or set(bare) & set(":~@"):
        raise UsageProblem(
            f"A scenario's name has 1 to {LONGEST} characters, none of them : ~ or @."
        )
    if not scenario.levers:
        raise UsageProblem("There is nothing to keep: the scenario has no lever.")
    return _saved(decide(home, What.SCENARIO, "", bare, {"levers": scenario.code}, by))


def saved(home: Home, reader: Reader | None = None, who: str = "") -> list[Saved]:
    """The scenarios that are kept, by name.

    With a `reader`, those that its viewer may be told of; what they kept themselves (`who` is
    their login) they always are.
    """
    found = [_saved(one) for one in standing(home, What.SCENARIO)]
    return [one for one in found if reader is None or one.author == who or _is_told(reader, one)]


def _is_told(reader: Reader, one: Saved) -> bool:
    return all(is_told(reader, one.name, dict(lever.scope)) for lever in one.scenario.levers)


def recalled(home: Home, name: str, reader: Reader | None = None, who: str = "") -> Scenario:
    """The scenario of a name, or the one that the text itself writes out.

    UsageProblem with the nearest name where there is neither, or none that a `reader`'s viewer may
    be told of.
    """
    known = {one.name: one.scenario for one in saved(home, reader, who)}
    if name in known:
        return known[name]
    if ":" in name:
        return Scenario.parse(name)
    hint = nearest(name, known, "`rounds what-if --list` shows those kept.")
    raise UsageProblem(f"There is no scenario {name}; {hint}")


def forget(
    home: Home, name: str, by: str | None = None, reader: Reader | None = None, who: str = ""
) -> None:
    """Take a scenario back; the state still tells that it was kept. UsageProblem if unknown."""
    if name not in {one.name for one in saved(home, reader, who)}:
        recalled(home, name.replace(":", " "), reader, who)
    decide(home, What.SCENARIO, "", name, {}, by)


def _saved(decision: Decision) -> Saved:
    scenario = Scenario.parse(decision.value["levers"])
    return Saved(decision.name, scenario, decision.author, decision.moment)
