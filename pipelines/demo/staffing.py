"""Who worked when: shifts, overtime and leave of one site, line by line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from pipelines.demo.cast import Cast
from pipelines.demo.days import Flags, Floats, Ints, Span
from pipelines.demo.group import CLINIC, HOME, Site
from pipelines.demo.noise import dither, quiet, stream
from pipelines.demo.roles import AGENCY_ROLES, NAMES, ROLES, SHIFT, Role
from pipelines.demo.volumes import Volume, activity

REGULAR, OVERTIME, PTO, HOLIDAY, BONUS = range(5)
COMPONENTS = ("Regular", "Overtime", "PTO", "Holiday", "Bonus")

RAISE = 1.03  # a year, on the anniversary of each post, so that wages drift and don't jump
LEAVE = 0.062  # hours of leave for an hour worked
TURNOVER = {CLINIC: 1400.0, HOME: 800.0}  # mean days that a person stays
GENERATIONS = 8  # people who hold a post after one another, at most
STAYS = np.array([1.5, 2.0, 2.5, 3.0, 3.5])  # hours that people stay on, taken in turn
SURGE = 0.14  # overtime's share at the site of the overtime story
SURGE_WORK = 1.03  # … where a little more work is done, too
AGENCY_LEVEL = 0.35  # agency's share of nursing hours at the site of the agency story


@dataclass(frozen=True)
class Demand:
    """What one site needs, by role: hours a day, each of shape (D,).

    `overtime` is its share of the hours of roles that are paid for it; `agency` is the share of
    RN, LPN and CNA hours that agencies cover, both (D,).
    """

    hours: dict[str, Floats]
    overtime: Floats
    agency: Floats


@dataclass
class Lines:
    """Pay lines as columns of equal length; `worker` is unique in the group."""

    day: list[Ints] = field(default_factory=list)
    role: list[Ints] = field(default_factory=list)
    component: list[Ints] = field(default_factory=list)
    worker: list[Ints] = field(default_factory=list)
    rate: list[Floats] = field(default_factory=list)
    hours: list[Floats] = field(default_factory=list)

    def add(
        self, day: Ints, role: int, component: int, worker: Ints, rate: Floats, hours: Floats
    ) -> None:
        """Append lines of one role and pay component."""
        self.day.append(day)
        self.role.append(np.full(len(day), role))
        self.component.append(np.full(len(day), component))
        self.worker.append(worker)
        self.rate.append(rate)
        self.hours.append(hours)

    def frame(self, site: int) -> pl.DataFrame:
        """Columns site, day, role, component, worker, rate, hours and amount in dollars."""
        rate, hours = np.concatenate(self.rate), np.concatenate(self.hours)
        component = np.concatenate(self.component)
        amount = np.where(component == BONUS, rate, np.round(rate * hours, 2))
        return pl.DataFrame(
            {
                "site": np.full(len(rate), site, dtype=np.int16),
                "day": np.concatenate(self.day).astype(np.int32),
                "role": np.concatenate(self.role).astype(np.int16),
                "component": component.astype(np.int8),
                "worker": np.concatenate(self.worker).astype(np.int32),
                "rate": rate,
                "hours": hours,
                "amount": amount,
            }
        )


def build_demand(seed: int, span: Span, site: Site, volume: Volume, cast: Cast) -> Demand:
    """Hours that the site's volume asks for, and how they are covered."""
    rng = stream(seed, "demand", site.code)
    months = len(span.starts)
    work = activity(span, site, volume) * span.spread(quiet(rng, months, 0.018))
    work *= rng.uniform(0.95, 1.05)
    if site.kind == HOME:
        work *= np.where(span.weekday >= 5, 0.95, 1.02)
    office = (span.weekday < 5) & ~span.holiday & _running(span, site)
    overtime = rng.uniform(0.044, 0.056) * quiet(rng, months, 0.09)
    agency = rng.uniform(0.025, 0.05) * quiet(rng, months, 0.09) * (site.kind == HOME)
    if site.code == cast.overtime:
        since = cast.since(span, cast.overtime_months)
        overtime[since:] = SURGE * (0.99 + 0.02 * (np.arange(months - since) % 2))
        work *= np.where(span.month >= since, SURGE_WORK, 1.0)
    if site.code == cast.agency:
        since = cast.since(span, cast.agency_months)
        agency[since:] = AGENCY_LEVEL * (1 + 0.1 * np.sin(2.1 * np.arange(months - since)))
    hours: dict[str, Floats] = {}
    for role in ROLES[site.kind]:
        hours[role.name] = np.asarray(role.hours * (office if role.office else work), np.float64)
    paid_overtime = sum(hours[r.name].sum() for r in ROLES[site.kind] if not r.exempt)
    share = paid_overtime / sum(values.sum() for values in hours.values())
    return Demand(hours, span.spread(overtime / share), _agency_by_day(span, hours, agency))


def _agency_by_day(span: Span, hours: dict[str, Floats], share: Floats) -> Floats:
    """The share of agency's own roles that makes up `share` of all nursing hours, (D,)."""
    nursing = sum(hours[role.name].sum() for role in ROLES[HOME] if role.pbj and role.name in hours)
    own = sum(hours[name].sum() for name in AGENCY_ROLES if name in hours)
    return span.spread(share * (nursing / max(own, 1e-9)))


def _running(span: Span, site: Site) -> Flags:
    running = span.days >= np.datetime64(site.opened)
    if site.closed:
        running &= span.days <= np.datetime64(site.closed)
    return np.asarray(running)


def build_lines(seed: int, span: Span, site: Site, demand: Demand) -> pl.DataFrame:
    """All pay lines of the site's own employees over the whole span."""
    lines = Lines()
    posts = 0
    for role in ROLES[site.kind]:
        need = demand.hours[role.name]
        if site.kind == HOME and role.name in AGENCY_ROLES:
            need = need * (1 - demand.agency)
        crew = _Crew(seed, span, site, role, need, posts)
        crew.work(lines, demand.overtime * (not role.exempt))
        crew.rest(lines)
        crew.bonus(lines)
        posts += crew.size
    return lines.frame(site.index)


class _Crew:
    """The people who fill one role at one site."""

    def __init__(
        self, seed: int, span: Span, site: Site, role: Role, need: Floats, posts: int
    ) -> None:
        self.rng = stream(seed, "crew", site.code, role.name)
        self.span, self.site, self.role, self.need = span, site, role, need
        self.code = NAMES.index(role.name)
        self.shift = SHIFT[site.kind] if not role.office else 8.0
        busy = need[need > 0] / self.shift
        typical, most = np.quantile(busy, (0.5, 0.95)).tolist()
        daily = site.kind != CLINIC and not role.office
        self.size = int(np.ceil(most * (1.42 if daily else 1.05))) + 1
        self.base = 10000 + site.index * 2000 + posts * GENERATIONS
        self._hire()
        # On a five-day site a post is off for a week at a time, elsewhere for some days a week.
        turn = np.arange(len(span.days)) // 7 if not daily else np.arange(len(span.days)) * 2
        self.turn = turn % self.size
        self.typical = typical
        self.count = np.zeros(len(span.days), dtype=np.int64)

    def _hire(self) -> None:
        stay = TURNOVER.get(self.site.kind, 1100.0)
        leaves = self.rng.exponential(stay, (self.size, GENERATIONS - 1)).cumsum(axis=1)
        self.leaves = leaves.astype(np.int64)
        self.skill = self.rng.uniform(0.94, 1.06, (self.size, GENERATIONS))
        self.skill /= self.skill.mean()
        self.anniversary = self.rng.integers(0, 365, self.size)

    def _who(self, day: Ints, place: Ints) -> tuple[Ints, Floats]:
        """The worker and the base rate at each `place` of the crew on each `day`."""
        post = (self.turn[day] + place) % self.size
        holder = (day[:, None] >= self.leaves[post]).sum(axis=1)
        years = (day - self.span.known + 1 + self.anniversary[post]) // 365
        rate = self.role.wage * self.skill[post, holder] * RAISE ** (years - 0.0)
        return self.base + post * GENERATIONS + holder, np.round(rate, 2)

    def work(self, lines: Lines, overtime: Floats) -> None:
        """Shifts, and overtime after some of them."""
        self.count = dither(self.need * (1 - overtime) / self.shift, self.rng.uniform())
        day = np.repeat(np.arange(len(self.count)), self.count)
        place = _ordinals(self.count)
        worker, rate = self._who(day, place)
        hours = self.shift + self.rng.integers(-2, 3, len(day)) / 4
        lines.add(day, self.code, REGULAR, worker, rate, hours)
        chance = overtime[day] / (1 - overtime[day]) * self.shift / STAYS.mean()
        stays = dither(chance, self.rng.uniform()) > 0
        extra = np.resize(self.rng.permutation(STAYS), int(stays.sum()))
        premium = np.round(rate[stays] * 1.5, 2)
        lines.add(day[stays], self.code, OVERTIME, worker[stays], premium, extra)

    def rest(self, lines: Lines) -> None:
        """Leave and paid holidays of those who are not on a shift."""
        season = 1 + 0.25 * np.isin(self.span.days.astype("datetime64[M]").astype(int) % 12,
                                    (6, 7, 11))  # fmt: skip
        self._off(lines, PTO, dither(self.count * LEAVE * season, self.rng.uniform()))
        share = 0.4 if self.site.kind == HOME and not self.role.office else 1.0
        running = _running(self.span, self.site)
        kept = np.where(self.span.holiday & running, round(self.typical * share), 0)
        self._off(lines, HOLIDAY, kept.astype(np.int64))

    def _off(self, lines: Lines, component: int, count: Ints) -> None:
        day = np.repeat(np.arange(len(count)), count)
        worker, rate = self._who(day, self.count[day] + _ordinals(count))
        lines.add(day, self.code, component, worker, rate, np.full(len(day), 8.0))

    def bonus(self, lines: Lines) -> None:
        """A bonus for everybody on the second Friday of December, in dollars, without hours."""
        months = self.span.days.astype("datetime64[M]").astype(np.int64) % 12
        nth = self.span.days.astype("datetime64[D]") - self.span.days.astype("datetime64[M]")
        second = (months == 11) & (self.span.weekday == 4) & (nth.astype(int) // 7 == 1)
        day = np.repeat(np.flatnonzero(second & _running(self.span, self.site)), self.size)
        place = np.arange(len(day)) % self.size
        worker, rate = self._who(day, place)
        amount = np.round(rate * 6 / 10) * 10
        lines.add(day, self.code, BONUS, worker, amount, np.zeros(len(day)))


def _ordinals(count: Ints) -> Ints:
    """0, 1, 2 … within each group of the given sizes."""
    return np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)


def monthly(span: Span, sites: int, lines: Iterable[pl.DataFrame], column: str) -> Floats:
    """Sums of a column of the lines by site and month, shape (sites, months)."""
    total = np.zeros((sites, len(span.starts)))
    for frame in lines:
        month = span.month[frame["day"].to_numpy()]
        place = frame["site"].to_numpy().astype(np.int64) * total.shape[1] + month
        total += np.bincount(place, frame[column].to_numpy(), total.size).reshape(total.shape)
    return total
