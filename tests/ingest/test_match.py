"""Which profile a table belongs to, and what is said when none or two fit."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.errors import FileProblem
from pipelines.ingest.match import match
from tests.ingest.reading import PROFILES, found

SPEND = "Entity,Date,Supplier,Transaction number,Amount"


def refused(folder: Path, headings: str, name: str | None = None) -> str:
    with pytest.raises(FileProblem) as problem:
        match(found(folder, f"{headings}\n{',x' * headings.count(',')}\n"), PROFILES, name)
    return str(problem.value)


def test_columns_are_found_by_any_spelling_in_any_place(tmp_path: Path) -> None:
    text = "Note,AP Amount, ENTITY ,date_paid,Supplier Name,*Transaction  Reference\n1,2,3,4,5,6\n"
    fit = match(found(tmp_path, text), PROFILES)
    assert fit.profile.name == "uk_spend"
    assert fit.places == {
        "entity": "c2", "date": "c3", "supplier": "c4", "transaction": "c5", "amount": "c1",
    }  # fmt: skip
    assert fit.unused == ("Note",)


def test_the_profile_that_explains_most_headings_wins(tmp_path: Path) -> None:
    # The plain spend layout fits as well, with fewer of its columns.
    headings = f"Department family,{SPEND},document,line"
    fit = match(found(tmp_path, f"{headings}\n{',x' * 7}\n"), PROFILES)
    assert fit.profile.name == "uk_spend"


def test_a_missing_column_is_named_with_what_may_be_meant(tmp_path: Path) -> None:
    assert refused(tmp_path, SPEND.replace("Supplier", "Suplier")) == (
        "export.csv matches no profile: it comes nearest to uk_spend, which also needs “Supplier” "
        "(is “suplier” meant?)."
    )


def test_an_unknown_table_is_pointed_to_the_templates(tmp_path: Path) -> None:
    assert refused(tmp_path, "Colour,Taste") == (
        "export.csv matches no profile: `rounds template` shows the layouts that can always be "
        "loaded."
    )


def test_two_profiles_that_fit_alike_are_for_a_person_to_choose(tmp_path: Path) -> None:
    twin = {"one": PROFILES["uk_spend"], "two": PROFILES["uk_spend"]}
    table = found(tmp_path, f"{SPEND}\na,b,c,d,e\n")
    with pytest.raises(FileProblem, match="could be uk_spend or uk_spend: say which with --prof"):
        match(table, twin)
    assert match(table, twin, "two").profile is PROFILES["uk_spend"]


def test_the_users_choice_must_fit_too(tmp_path: Path) -> None:
    assert refused(tmp_path, SPEND, "xero_bills") == (
        "export.csv matches no profile: `rounds template` shows the layouts that can always be "
        "loaded."
    )


@pytest.mark.parametrize("heading", ["Patient Name", "MRN", "date_of_birth", "DOB", "Member ID"])
def test_a_list_of_patients_is_refused_by_its_headings(tmp_path: Path, heading: str) -> None:
    assert refused(tmp_path, f"Visit,{heading},Provider") == (
        f"export.csv looks like a list of patients (column “{heading}”) and was not read: export "
        "counts per site and day instead."
    )


def test_a_known_layout_with_a_patients_column_is_refused(tmp_path: Path) -> None:
    assert refused(tmp_path, f"{SPEND},MRN") == (
        "export.csv holds patients' data (column “MRN”) and was not read: export counts without "
        "that column."
    )


def test_a_payroll_with_its_workers_birth_dates_is_read_without_them(tmp_path: Path) -> None:
    headings = "Client ID,Worker ID,Org,Pay Component,Line Date,Amount,DOB,SSN"
    fit = match(found(tmp_path, f"{headings}\n1,2,3,4,5,6,7,8\n"), PROFILES)
    assert (fit.profile.name, fit.unused) == ("paychex_flex", ("DOB", "SSN"))


def test_the_second_of_two_columns_with_one_heading(tmp_path: Path) -> None:
    text = "Co Code,Batch ID,File #,Temp Dept,Reg Hours,Hours 3 Code,Hours 3 Code\nA,1,2,E,8,P,S\n"
    fit = match(found(tmp_path, text), PROFILES)
    assert (fit.places["hours_3_code"], fit.places["hours_3_again_code"]) == ("c5", "c6")


def test_a_table_that_is_known_only_to_be_turned_away(tmp_path: Path) -> None:
    assert refused(tmp_path, "Chain,Chain ID,Number of facilities,Rating").startswith(
        "export.csv is a table of nursing home chains: "
    )
