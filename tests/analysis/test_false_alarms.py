"""How many lines of the first page's list are chance, over the real path from series to lines."""

import numpy as np
import pytest

from pipelines.analysis.attention import Finding, statistical_lines
from tests.analysis.simulated import months_of_group, planted, series_of


def lines_of_stable_groups(simulations: int, seed: int) -> list[int]:
    """How many lines each list of a group has in which nothing happened."""
    rng = np.random.default_rng(seed)
    return [
        len(statistical_lines(series_of(months_of_group(rng)), {}, {})) for _ in range(simulations)
    ]


def lines_of_shifted_groups(simulations: int, seed: int) -> tuple[int, int, float]:
    """Lines, those of them that are false, and the share found of ten shifts of 3 to 6 sigma."""
    rng = np.random.default_rng(seed)
    lines = false = hit = 0
    for _ in range(simulations):
        rows = months_of_group(rng)
        shifts = {(one.metric, one.site) for one in planted(rng, rows, 10)}
        found = {key(line) for line in statistical_lines(series_of(rows), {}, {})}
        lines, false, hit = (
            lines + len(found),
            false + len(found - shifts),
            hit + len(found & shifts),
        )
    return lines, false, hit / (10 * simulations)


def key(line: Finding) -> tuple[str, str]:
    return line.details["metric"], line.site


def test_a_group_in_which_nothing_happened_has_hardly_a_line() -> None:
    """Forty months of 210 stable series.

    Expected are two or three lines over all of them; more than ten would be beyond luck.
    """
    assert sum(lines_of_stable_groups(40, seed=1)) <= 10


def test_of_the_lines_that_shifts_make_few_are_false() -> None:
    """Twenty months with ten shifts each: the bound leaves room for the luck of 120 lines."""
    lines, false, share = lines_of_shifted_groups(20, seed=2)
    assert false <= 0.08 * lines
    assert share > 0.5


@pytest.mark.soak
def test_a_thousand_stable_groups_have_at_most_a_line_each() -> None:
    counts = lines_of_stable_groups(1000, seed=3)
    print(f"lines a list: {np.mean(counts):.3f}; lists with a line: {np.count_nonzero(counts)}")
    assert np.mean(counts) <= 1


@pytest.mark.soak
def test_of_the_lines_of_a_thousand_shifted_groups_at_most_one_in_twenty_is_false() -> None:
    lines, false, share = lines_of_shifted_groups(1000, seed=4)
    print(f"lines {lines}, false {false} ({false / lines:.3%}), shifts found {share:.1%}")
    assert false <= 0.05 * lines
