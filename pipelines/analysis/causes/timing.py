"""Is a variance timing or real: what of it belongs to other months, came once, or goes on.

For a site, a subject and a month, budget and actual differ by parts that add up to the cent:

    pay_dates       pay booked on its check dates: cash less days of the month / days between
                    checks × mean check, so three biweekly checks in 31 days count as 2.2
    to_come         usual invoices of a supplier that are not there yet: less their usual amount
    other_months    invoices beyond the usual one, where the month before or after has none
    phasing         a budget that is the same every month, against the season of the years before:
                    budget × (share of this month in a year's cost × 12 - 1)
    one_off         single amounts larger than the whole of any month of the year before but one,
                    and bonuses above the usual
    run_rate        the rest: what goes on unless someone does something

The first four are timing: over a year they come to about nothing. The rules are for management
accounts as DOMAIN.md, B8 and question 11 of the director, name them; nothing here is estimated
from the variance itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from statistics import median
from typing import Literal, get_args

from pipelines.calendar import add_months, month_end

Part = Literal["pay_dates", "to_come", "other_months", "phasing", "one_off", "run_rate"]
PARTS: tuple[Part, ...] = get_args(Part)
TIMING: tuple[Part, ...] = ("pay_dates", "to_come", "other_months", "phasing")
Kind = Literal["timing", "one_off", "run_rate", "mixed", "none"]
CENT = Decimal("0.01")
ZERO = Decimal(0)

REGULAR = 4  # months of the last six in which a supplier billed about the same
ALIKE = Decimal("0.25")  # how far a usual invoice may lie from the usual amount
DOUBLE = Decimal("1.75")  # times the usual amount from which there is more than one month in it
BONUS = Decimal("1.5")  # times the usual bonus from which it counts as a single event
YEAR = 12
FEWEST = 6  # earlier months below which no month is usual


@dataclass(frozen=True, slots=True)
class CashPay:
    """Pay that is known by its check dates only: its amount, the dates, the days between them."""

    amount: Decimal
    dates: tuple[date, ...]
    every: int


@dataclass(frozen=True, slots=True)
class Billing:
    """What one supplier bills under one contract or account: (invoices, amount) by month.

    `earlier` are the six months before, oldest first; `after` is the next month, None where
    nothing is known of it. `usual_day` is the day of the month by which it has usually come.
    """

    name: str
    earlier: tuple[tuple[int, Decimal], ...]
    now: tuple[int, Decimal]
    after: tuple[int, Decimal] | None = None
    usual_day: int | None = None

    @property
    def usual(self) -> Decimal | None:
        """The usual amount of a month; None where it is not regular."""
        billed = [amount for count, amount in self.earlier if count]
        if len(billed) < REGULAR:
            return None
        middle = median(billed)
        alike = [amount for amount in billed if abs(amount - middle) <= ALIKE * abs(middle)]
        return middle if middle > 0 and len(alike) >= REGULAR else None


@dataclass(frozen=True, slots=True)
class Case:
    """A site's subject in one month: its budget, its actual, and what explains the difference.

    `known` is the actual of months by their first days, of which only those before the month are
    looked at, so that the cases of a site's subject share it; `year` the budget of its
    fiscal year's months; `singles` are (name, amount) of single lines that no regular billing
    holds. `day` is the last day known where the month is still running.
    """

    month: date
    budget: Decimal
    actual: Decimal
    pay: CashPay | None = None
    billings: tuple[Billing, ...] = ()
    known: Mapping[date, Decimal] = field(default_factory=dict)
    year: tuple[Decimal, ...] = ()
    singles: tuple[tuple[str, Decimal], ...] = ()
    bonus: Decimal = ZERO
    usual_bonus: Decimal | None = None
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an amount is put into a part, in a sentence without money."""

    part: Part
    amount: Decimal
    sentence: str


@dataclass(frozen=True, slots=True)
class Told:
    """A variance told apart: its parts, which sum to `variance`, and the reasons, largest first."""

    variance: Decimal
    parts: Mapping[Part, Decimal]
    reasons: tuple[Reason, ...]

    @property
    def timing(self) -> Decimal:
        """What belongs to other months."""
        return sum((self.parts[part] for part in TIMING), ZERO)

    @property
    def kind(self) -> Kind:
        """What most of it is."""
        return kind_of(self.timing, self.parts["one_off"], self.parts["run_rate"])


def tell_apart(case: Case) -> Told:
    """The parts of a variance and why; the run-rate is what nothing else explains."""
    reasons = [
        reason
        for reason in (*_pay_dates(case), *_billed(case), *_phased(case), *_once(case))
        if reason.amount
    ]
    variance = case.actual - case.budget
    parts = dict.fromkeys(PARTS, ZERO)
    for reason in reasons:
        parts[reason.part] += reason.amount
    parts["run_rate"] = variance - sum(parts.values(), ZERO)
    return Told(variance, parts, tuple(sorted(reasons, key=lambda one: -abs(one.amount))))


def kind_of(timing: Decimal, one_off: Decimal, run_rate: Decimal) -> Kind:
    """What makes up over half of a variance, on its side; "mixed" where nothing does."""
    variance = timing + one_off + run_rate
    if not variance:
        return "none"
    shares: dict[Kind, Decimal] = {"timing": timing, "one_off": one_off, "run_rate": run_rate}
    largest = max(shares, key=lambda kind: shares[kind] / variance)
    return largest if 2 * shares[largest] / variance > 1 else "mixed"


def _pay_dates(case: Case) -> Iterable[Reason]:
    pay = case.pay
    # Pay twice a month has two dates in every month.
    if pay is None or pay.every not in (7, 14) or not pay.dates:
        return
    days = month_end(case.month).day
    accrued = Fraction(pay.amount) / len(pay.dates) * Fraction(days, pay.every)
    usual = f"{days / pay.every:.1f}"
    yield Reason(
        "pay_dates",
        _cents(Fraction(pay.amount) - accrued),
        f"{len(pay.dates)} pay dates fell in the month, whose days hold {usual}",
    )


def _billed(case: Case) -> Iterable[Reason]:
    for one in case.billings:
        usual = one.usual
        if usual is None:
            continue
        count, amount = one.now
        if not count:
            # Where the next month has none either, nothing is late: it has ended.
            if one.after is None or one.after[0]:
                yield Reason("to_come", -usual, _not_there(one, case.day))
            continue
        without = "before" if not one.earlier[-1][0] else ""
        if one.after is not None and not one.after[0]:
            without = without or "after"
        if without and amount >= DOUBLE * usual:
            yield Reason(
                "other_months",
                amount - usual,
                f"{one.name} billed more than one month, and none in the month {without}",
            )


def _not_there(one: Billing, day: date | None) -> str:
    if day is not None and one.usual_day is not None and day.day < one.usual_day:
        return f"{one.name} usually bills by the {_ordinal(one.usual_day)}: it is not due yet"
    return f"{one.name} bills every month, and has not billed this one"


def _ordinal(number: int) -> str:
    if number % 100 in (11, 12, 13):
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"


def _phased(case: Case) -> Iterable[Reason]:
    """The season of a budget that has none; pay by check date has a season of its own."""
    if case.pay is not None or len(case.year) < FEWEST or max(case.year) - min(case.year) > 1:
        return
    factors = _season(case)
    if factors and (all(f > 1 for f in factors) or all(f < 1 for f in factors)):
        factor = sum(factors, Fraction(0)) / len(factors)
        above = "above" if factor > 1 else "below"
        yield Reason(
            "phasing",
            _cents(Fraction(case.budget) * (factor - 1)),
            f"the budget is the same every month; this month usually costs {above} its twelfth",
        )


def _season(case: Case) -> list[Fraction]:
    """This month's cost over the mean of twelve, in one or two years before."""
    found = []
    for back in (YEAR, 2 * YEAR):
        months = [add_months(case.month, step - back) for step in range(YEAR)]
        costs = [case.known[month] for month in months if month in case.known]
        if len(costs) == YEAR and sum(costs) > 0:
            found.append(Fraction(costs[0]) * YEAR / Fraction(sum(costs)))
    return found


def _once(case: Case) -> Iterable[Reason]:
    recent = _recent(case.known, case.month)
    if len(recent) >= FEWEST:
        # A subject of one line a month has dear months too: all but one of the last year's.
        usual = sorted(recent)[-2]
        for name, amount in case.singles:
            if abs(amount) > usual > 0:
                yield Reason(
                    "one_off", amount, f"one line of {name} is more than a usual month in all"
                )
    usual_bonus = case.usual_bonus
    if usual_bonus is not None and case.bonus > BONUS * usual_bonus:
        yield Reason(
            "one_off", case.bonus - usual_bonus, "bonuses were above those of other months"
        )


def _recent(known: Mapping[date, Decimal], month: date) -> Sequence[Decimal]:
    return [known[m] for step in range(1, YEAR + 1) if (m := add_months(month, -step)) in known]


def _cents(exact: Fraction) -> Decimal:
    return (Decimal(exact.numerator) / exact.denominator).quantize(CENT, ROUND_HALF_UP)
