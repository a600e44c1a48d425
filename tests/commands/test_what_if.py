"""`rounds what-if` and `rounds flex`: what they print adds up, what is kept comes back."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from shutil import copytree

import pytest

from pipelines.errors import UsageProblem
from pipelines.settings import Home
from pipelines.warehouse.reader import open_build
from tests.analysis.scenarios.test_drivers import AGENCY, CONTRACTS, LABOR, MOVES, SPEND
from tests.dashboard import small
from tests.loading import rounds

TEXT = "agency:-50%@site=ELM,from=2026-11"


@pytest.fixture
def loaded(home: Path) -> Path:
    texts = {
        "sites.csv": small.SITES, "labor.csv": LABOR, "agency.csv": AGENCY, "spend.csv": SPEND,
        "contracts.csv": CONTRACTS, "moves.csv": MOVES,
    }  # fmt: skip
    small.load_all(home, texts)
    return home


@pytest.fixture
def by_run_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    """No forecast, so that a person can work out what the months to come cost."""

    def unknown(reader: object) -> None:
        raise UsageProblem("too few months")

    monkeypatch.setattr("pipelines.analysis.outlook.study.study", unknown)


def steps(*arguments: str) -> tuple[dict[str, Decimal], dict[str, object]]:
    told = rounds("what-if", *arguments, "--json")
    assert told.exit_code == 0, told.stderr
    answer = json.loads(told.stdout)
    return {row["step"]: Decimal(row["amount"]) for row in answer["rows"]}, answer


@pytest.mark.usefixtures("by_run_rate")
def test_the_steps_lead_from_the_landing_to_the_new_one(loaded: Path) -> None:
    """Five agency hours a month: 5 x (52.3636 - 90) x 2 = -376.36; pay + 3 % of 5,160 a month."""
    found, answer = steps("--lever", TEXT, "--lever", "wage:3%@site=ELM")
    assert list(found) == [
        "landing", "agency:-50@site=ELM,from=2026-11", "wage:3@site=ELM", "interaction",
        "new landing",
    ]  # fmt: skip
    landing, agency, wage, interaction, new = found.values()
    assert landing + agency + wage + interaction == new
    assert agency == Decimal("-376.36")
    # (4,400 + 400) x 1.2 straight and leave, 300 x 1.2 overtime: 6,120 x 3 % x 2
    assert wage == Decimal("367.20")
    assert interaction == Decimal("15.70")  # 5 x 52.3636 x 3 % = 7.8545, twice
    assert answer["scenario"] == "agency:-50@site=ELM,from=2026-11~wage:3@site=ELM"
    assert answer["to"] == "2026-12-31"
    assert any("10 agency hours at 90.00 USD" in s for s in answer["assumptions"])  # type: ignore[attr-defined]


def test_groups_add_up_to_the_whole(loaded: Path) -> None:
    lever = ("--lever", "wage:3", "--lever", "price:4")
    whole, _ = steps(*lever)
    for by in ("site", "region", "kind", "subject"):
        told = json.loads(rounds("what-if", *lever, "--by", by, "--json").stdout)["rows"]
        for step, amount in whole.items():
            assert sum(Decimal(row["amount"]) for row in told if row["step"] == step) == amount


def test_a_scenario_is_kept_listed_compared_and_forgotten(loaded: Path) -> None:
    kept = rounds("what-if", "--lever", TEXT, "--save", "Half", "--author", "ada")
    assert kept.exit_code == 0
    assert "Kept as Half, by ada." in kept.stdout
    assert "Taken for granted:" in kept.stdout
    [row] = json.loads(rounds("what-if", "--list", "--json").stdout)["rows"]
    assert (row["name"], row["scenario"], row["author"]) == (
        "Half", "agency:-50@site=ELM,from=2026-11", "ada",
    )  # fmt: skip
    told = json.loads(rounds("what-if", "--compare", "Half", "wage:3", "--json").stdout)
    apart = {r["subject"]: Decimal(r["apart"]) for r in told["rows"]}
    one, _ = steps("--scenario", "Half")
    other, _ = steps("--lever", "wage:3")
    assert apart["all"] == apart["staffing"] == other["new landing"] - one["new landing"]
    assert rounds("what-if", "--forget", "Half").exit_code == 0
    assert json.loads(rounds("what-if", "--list", "--json").stdout)["rows"] == []


def test_a_scenario_goes_through_a_file(loaded: Path, tmp_path: Path) -> None:
    for form in ("toml", "json"):
        text = rounds("what-if", "--lever", TEXT, "--write", form).stdout
        path = tmp_path / f"scenario.{form}"
        path.write_text(text)
        assert steps("--file", str(path)) == steps("--lever", TEXT)
    assert rounds("what-if", "--lever", TEXT, "--write", "text").stdout == (
        "agency:-50@site=ELM,from=2026-11\n"
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "Say what might be done"),
        (("--lever", "agency:20"), "goes from -100 to 0"),
        (("--lever", "agency:-20@site=ELMO"), "no site ELMO to pull a lever on; did you mean ELM"),
        (("--lever", "wage:3", "--by", "vendor"), "known are site, region, kind, subject, month"),
        (("--scenario", "Half"), "There is no scenario Half"),
        (("--compare", "Half", "wage:3"), "There is no scenario Half"),
        (("--lever", "wage:3", "--year", "2024"), "fiscal year 2024 is over"),
    ],
)
def test_what_cannot_be_is_said(loaded: Path, arguments: tuple[str, ...], said: str) -> None:
    told = rounds("what-if", *arguments)
    assert (told.exit_code, told.stdout) == (2, "")
    assert said in told.stderr


def test_the_flexible_budget_of_the_demo_group_adds_up(demo_home: Path) -> None:
    """Volume and spending are the gap of actual and budget, by subject and in all."""
    told = rounds(
        "flex", "--from", "2026-01-01", "--to", "2026-10-31", "--json", "--home", demo_home
    )
    rows = json.loads(told.stdout)["rows"]
    assert [row["subject"] for row in rows] == ["contracts", "facilities", "staffing", "supplies"]
    for row in rows:
        volume, spending, actual, budget = (
            Decimal(row[name]) for name in ("volume", "spending", "actual", "budget")
        )
        assert volume + spending == actual - budget
        assert (volume == 0) == (row["subject"] in ("contracts", "facilities"))


@pytest.mark.parametrize("by", ["", "site"])
def test_it_starts_from_the_landing_of_rounds_landing(demo_home: Path, by: str) -> None:
    asked = ("--by", by, "--json", "--home", demo_home)
    landing = json.loads(rounds("landing", *asked).stdout)["rows"]
    told = json.loads(rounds("what-if", "--lever", "wage:3", *asked).stdout)["rows"]
    expected = {row.get("site"): Decimal(row["landing"]) for row in landing}
    found = {r.get("site"): Decimal(r["amount"]) for r in told if r["step"] == "landing"}
    assert found.keys() == expected.keys()
    for site, amount in found.items():
        assert abs(amount - expected[site]) < 1


@pytest.mark.usefixtures("by_run_rate")
def test_the_settings_decide_what_follows_volume(demo_home: Path, tmp_path: Path) -> None:
    """With nothing fixed supplies move as volume does; with all fixed they don't move."""
    home = tmp_path / "group"
    copytree(demo_home / "warehouse", home / "warehouse")
    moved = {}
    for share in ("0.0", "1.0"):
        (home / "settings.toml").write_text(f"fixed_supplies = {share}\n")
        told = json.loads(
            rounds(
                "what-if", "--lever", "volume:-5", "--by", "subject", "--json", "--home", home
            ).stdout
        )["rows"]
        [moved[share]] = [
            Decimal(r["amount"])
            for r in told
            if (r["subject"], r["step"]) == ("supplies", "volume:-5")
        ]
    assert moved["1.0"] == 0
    month = (
        open_build(Home(home))
        .query(
            "SELECT sum(mean) AS mean FROM (SELECT site, avg(actual) AS mean FROM costs "
            "JOIN sites USING (site) WHERE subject = 'supplies' AND actual IS NOT NULL "
            "AND whole AND month BETWEEN DATE '2025-11-01' AND DATE '2026-10-01' "
            "AND closed IS NULL GROUP BY 1)"
        )["mean"]
        .item()
    )
    assert float(moved["0.0"]) == pytest.approx(-0.05 * 2 * month, abs=1)
