"""Profiles proposed for files that none knows: valid, marked as guesses, and loadable."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from pipelines.errors import FileProblem, UsageProblem
from pipelines.feeds import FEEDS
from pipelines.ingest.match import chosen, known_headings
from pipelines.ingest.propose import Proposal, propose
from pipelines.ingest.read import Found, tables
from pipelines.profiles import read_profile
from tests.ingest.reading import FEW, PROFILES, found
from tests.loading import EXPORTS, facts, load, rounds

SAMPLES = sorted(
    path.relative_to(EXPORTS)
    for path in EXPORTS.rglob("*.csv")
    if path.parent.name != "athena_appointments"  # of patients, and no profile is proposed for it
)
PLAIN = [path for path in SAMPLES if path.parent.name.startswith("rounds_")]


def unknown(sample: Path) -> tuple[Found, Proposal]:
    """The table of a sample, and what is proposed for it where its profile isn't known."""
    owner = sample.parent.name.partition("-")[0]
    others = {name: profile for name, profile in PROFILES.items() if name != owner}
    [table] = tables(EXPORTS / sample, known_headings(others))
    return table, propose(table, others, next(iter(PROFILES[owner].feeds), None))


@pytest.mark.parametrize("sample", SAMPLES, ids=str)
def test_a_proposal_is_a_valid_profile_that_says_what_is_missing(
    tmp_path: Path, sample: Path
) -> None:
    table, proposal = unknown(sample)
    path = tmp_path / f"{proposal.name}.toml"
    path.write_text(proposal.toml, encoding="utf-8")
    profile = read_profile(path)
    assert profile.feeds == (proposal.feed,)
    [stated] = tomllib.loads(proposal.toml)["facts"]
    needed = {column.name for column in FEEDS[proposal.feed].columns if column.required}
    assert needed - set(stated) == set(proposal.missing)
    for name in proposal.missing:
        assert f"# missing: {name}, " in proposal.toml
    assert [guess.heading for guess in proposal.guesses] == list(table.headings)
    assert {s.headings[0] for s in profile.sources} == {
        guess.heading for guess in proposal.guesses if guess.column
    }


@pytest.mark.parametrize("sample", PLAIN, ids=str)
def test_a_plain_file_loads_the_same_facts_by_its_proposal(
    home: Path, tmp_path: Path, sample: Path
) -> None:
    _, proposal = unknown(sample)
    columns = ", ".join(f'"{name}"' for name in FEEDS[proposal.feed].names if name != "worker")
    [outcome] = load(home, EXPORTS / sample)
    expected = facts(home, proposal.feed, columns)
    other = tmp_path / "other"
    (other / "profiles").mkdir(parents=True)
    (other / f"profiles/{proposal.name}.toml").write_text(proposal.toml, encoding="utf-8")
    result = rounds(
        "ingest", EXPORTS / sample, "--profile", proposal.name, "--home", other, "--json"
    )
    assert result.exit_code == 0
    assert facts(other, proposal.feed, columns) == expected
    assert outcome.loaded is not None
    assert len(expected) == sum(outcome.loaded.rows.values()) > 0


CHECKBOOK = (
    "Check Date,Dept. Name,Vendor Name,Invoice Net Amt\n"
    '10/13/2017,Parks,Brightway,"£1,234.50"\n10/31/2017,Parks,Medline,(34.50)\n'
    "11/01/2017,Fire,Babel,9.00\n"
)


def test_a_checkbook(tmp_path: Path) -> None:
    table = found(tmp_path, CHECKBOOK, "checkbook October 2017.csv", FEW)
    proposal = propose(table, FEW)
    assert (proposal.feed, proposal.name, proposal.missing) == ("spend", "checkbook", ())
    guessed = {guess.heading: guess.column for guess in proposal.guesses}
    assert guessed["Check Date"] == "date"
    assert guessed["Vendor Name"] == "supplier"
    assert guessed["Invoice Net Amt"] == "amount"
    profile = tomllib.loads(proposal.toml)
    assert (profile["amount"], profile["currency"]) == ("amount", "GBP")
    assert (profile["policy"], profile["slice"]) == ("replace", ["@file_month"])
    [stated] = profile["facts"]
    assert (stated["document"], stated["line"]) == ("@record", "@record")
    assert "\n[columns.date]  # guess: shares words with “" in proposal.toml


def test_a_proposal_is_edited_saved_and_loaded_with(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.profiles._shipped", lambda: FEW)
    path = tmp_path / "checkbook.csv"
    path.write_text(CHECKBOOK, encoding="utf-8")
    assert "matches no profile" in rounds("inspect", path).stdout
    result = rounds("inspect", path, "--propose")
    assert result.exit_code == 0
    (home / "profiles").mkdir(parents=True)
    toml = result.stdout.replace('system = "checkbook"', 'system = "city"')
    (home / "profiles/checkbook.toml").write_text(toml, encoding="utf-8")
    assert rounds("ingest", path).exit_code == 0
    assert facts(home, "spend", "system, supplier, amount, currency") == [
        ("city", "Babel", "9", "GBP"),
        ("city", "Brightway", "1234.5", "GBP"),
        ("city", "Medline", "-34.5", "GBP"),
    ]


def test_what_a_column_leaves_open_is_asked_in_the_proposal(tmp_path: Path) -> None:
    text = "Date,Vendor,Invoice,Amount\n01/02/2026,a,1,1.234\n02/02/2026,b,2,2.345\n"
    proposal = propose(found(tmp_path, text), {}, "spend")
    asked = {guess.column for guess in proposal.guesses if guess.question}
    assert asked == {"date", "amount"}
    assert "# day_first = true  # question: Does this column put the day or" in proposal.toml
    assert "# decimal_comma = true  # question: Is the decimal mark of this" in proposal.toml


def test_what_stands_outside_the_table_is_taken_from_the_name_or_an_option(
    home: Path, tmp_path: Path
) -> None:
    path = tmp_path / "shelf.csv"
    path.write_text("Item,Quantity\nGLV-M,64\nSYR-5,7\n", encoding="utf-8")
    (home / "profiles").mkdir(parents=True)
    toml = rounds("inspect", path, "--feed", "stock").stdout
    (home / "profiles/shelf.toml").write_text(toml, encoding="utf-8")
    given = ("--site", "ELM", "--period", "2026-10-31", "--profile", "shelf")
    assert rounds("ingest", path, *given).exit_code == 0
    found_facts = facts(home, "stock", "site, strftime(as_of, '%x'), item, quantity")
    assert found_facts == [
        ("ELM", "2026-10-31", "GLV-M", "64"), ("ELM", "2026-10-31", "SYR-5", "7"),
    ]  # fmt: skip


def test_headings_with_marks_make_no_faulty_toml(tmp_path: Path) -> None:
    text = '"Item ""A""","Quan\\tity","Va\nlue"\nx,1,2\ny,2,3\n'
    proposal = propose(found(tmp_path, text, "a'b.csv"), PROFILES, "stock")
    assert tomllib.loads(proposal.toml)["name"] == "a_b"


def test_no_profile_is_proposed_for_appointments() -> None:
    with pytest.raises(FileProblem, match=r"looks like a list of patients \(column “dob”\)"):
        unknown(Path("athena_appointments/appointments.csv"))


def test_no_profile_is_proposed_for_patients(tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match=r"looks like a list of patients \(column “MRN”\)"):
        propose(found(tmp_path, "MRN,Visit\n1,2\n"), PROFILES)


def test_an_unknown_feed_is_told_the_known_ones(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    result = rounds("inspect", tmp_path / "a.csv", "--feed", "stok")
    assert (result.exit_code, "There is no feed stok; known are" in result.stderr) == (2, True)


def proposed(path: Path, *said: str) -> Proposal:
    [table] = tables(path, known_headings(PROFILES))
    return propose(table, PROFILES, "labor", chosen({"column": "\n".join(said)}))


def test_what_a_person_says_of_a_heading_counts_for_more_than_a_guess(tmp_path: Path) -> None:
    path = tmp_path / "odd.csv"
    path.write_text("Facility,Day worked,Job,Hrs\nOak,2026-10-01,RN,8\n", encoding="utf-8")
    first = {g.heading: g.column for g in proposed(path).guesses}
    assert first == {"Facility": "site", "Day worked": "period_start", "Job": "role",
                     "Hrs": "hours"}  # fmt: skip
    told = {g.heading: g.column for g in proposed(path, "Job=", "#1=role").guesses}
    assert told == {**first, "Job": None, "Facility": "role"}
    with pytest.raises(UsageProblem, match="There is no column “shift” in this file"):
        proposed(path, "Shift=role")
    with pytest.raises(UsageProblem, match="Hours and pay has no column doctor"):
        proposed(path, "Job=doctor")
