"""The marks that every screen shares: sparks, and the icons of variation and assurance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
Variation = Literal[
    "common_cause",
    "concern_high",
    "concern_low",
    "improvement_high",
    "improvement_low",
    "neutral_high",
    "neutral_low",
]
Assurance = Literal["consistent_pass", "consistent_fail", "inconsistent"]
Tone = Literal["plain", "muted", "strong", "concern", "improvement"]

VARIATION_WORDS: dict[Variation, str] = {
    "common_cause": "Usual range",
    "concern_high": "Unusually high, concern",
    "concern_low": "Unusually low, concern",
    "improvement_high": "Unusually high, improvement",
    "improvement_low": "Unusually low, improvement",
    "neutral_high": "Unusually high",
    "neutral_low": "Unusually low",
}
ASSURANCE_WORDS: dict[Assurance, str] = {
    "consistent_fail": "Will miss target",
    "inconsistent": "Hit and miss",
    "consistent_pass": "Will meet target",
}


@dataclass(frozen=True, slots=True)
class Spark:
    """A small line: heights from 0 (bottom) to 100, None where nothing is known.

    `band` holds the heights of the usual range, or None without limits.
    """

    heights: tuple[int | None, ...]
    band: tuple[int, int] | None = None


def spark(
    values: Sequence[float | None], *, lower: float | None = None, upper: float | None = None
) -> Spark | None:
    """The spark of a series in its own unit, oldest first; None with fewer than two values.

    The band is drawn with both limits. Line and band share one scale, so that a point outside
    the band is outside in the picture too.
    """
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return None
    limits = () if lower is None or upper is None else (lower, upper)
    low, high = min(*known, *limits), max(*known, *limits)
    spread = high - low

    def height(value: float) -> int:
        return round(100 * (value - low) / spread) if spread else 50

    heights = tuple(None if value is None else height(value) for value in values)
    return Spark(heights, (height(limits[0]), height(limits[1])) if limits else None)


def variation(kind: str | None, *, high: bool | None) -> Variation | None:
    """The icon of a point type of `pipelines.analysis.control.spc` and the side that it lies on.

    `kind` is common_cause, improvement, concern, neutral_high or neutral_low, or None without
    limits; `high` says whether the value lies above the mean (a rising trend counts as high).
    """
    match kind:
        case "improvement":
            return "improvement_high" if high else "improvement_low"
        case "concern":
            return "concern_high" if high else "concern_low"
        case "common_cause" | "neutral_high" | "neutral_low":
            return kind
    return None


def spark_data(shape: Spark | None) -> str | None:
    """What the browser needs to draw a spark: the band, a colon and the heights, a digit each.

    Digits go from 0 to z: a spark is 14 pixels high, and a long grid has three thousand of them.
    """
    if shape is None:
        return None
    return f"{_digits(shape.band or ())}:{_digits(shape.heights)}"


def _digits(heights: Sequence[int | None]) -> str:
    top = len(DIGITS) - 1
    return "".join("-" if h is None else DIGITS[round(top * h / 100)] for h in heights)


def spoken() -> dict[str, str]:
    """The words of all icons, sent once with a component's data."""
    return dict([*VARIATION_WORDS.items(), *ASSURANCE_WORDS.items()])
