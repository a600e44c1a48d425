"""Which profile a table belongs to, and what is said when none or two fit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pipelines.errors import FileProblem, UsageProblem
from pipelines.ingest.match import Match, chosen, match
from pipelines.profiles import Profile
from tests.ingest.reading import FEW as PROFILES
from tests.ingest.reading import found, profile_of

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
    headings = SPEND.replace("Transaction number", "Transaction Type").replace(",Supplier", "")
    assert refused(tmp_path, headings) == (
        "export.csv matches no profile: it comes nearest to uk_spend, which also needs “Supplier”, "
        "“Transaction number”."
    )
    assert refused(tmp_path, SPEND.replace("Date", "Datte")) == (
        "export.csv matches no profile: it comes nearest to uk_spend, which also needs “Date” "
        '(if “Datte” is meant, say so with --column "Datte=date").'
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


# Headings that are written otherwise, and those that could be two things

ROW = "St Ann's,05/10/2026,Brightway,INV-1,7000.00"


def fitted(
    folder: Path, headings: str, *records: str, answers: dict[str, str] | None = None
) -> Match:
    return match(found(folder, "\n".join([headings, *records, ""])), PROFILES, None, answers)


def asked(folder: Path, headings: str, *records: str) -> str:
    with pytest.raises(FileProblem) as problem:
        fitted(folder, headings, *records)
    return str(problem.value).removeprefix("export.csv ")


def test_typing_errors_are_forgiven_and_reported(tmp_path: Path) -> None:
    fit = fitted(
        tmp_path, "Amoutn,Suppkuer,Entuty,Expence Type,Date,Transaction number,Expense area,"
        "Department family", "7000.00,Brightway,St Ann's,Cleaning,05/10/2026,INV-1,North,Health",
    )  # fmt: skip
    assert fit.profile.name == "uk_spend"
    assert fit.places == {
        "amount": "c0", "supplier": "c1", "entity": "c2", "expense_type": "c3", "date": "c4",
        "transaction": "c5", "expense_area": "c6", "department": "c7",
    }  # fmt: skip
    assert sorted(fit.notes) == [
        "column “Amoutn” was taken for “Amount”",
        "column “Entuty” was taken for “Entity”",
        "column “Expence Type” was taken for “Expense type”",
        "column “Suppkuer” was taken for “Supplier”",
    ]


def test_more_slips_than_words_spelled_right_are_another_table(tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match="matches no profile"):
        fitted(tmp_path, "Entuty,Date,Suppkuer,Transacton number,Amoutn", ROW)


@pytest.mark.parametrize(
    "wrong",
    ["Dtae",  # too short to be guessed at
     "Account"],  # another word, though two letters would do
)  # fmt: skip
def test_what_is_no_slip(tmp_path: Path, wrong: str) -> None:
    right = "Amount" if wrong == "Account" else "Date"
    with pytest.raises(FileProblem, match=f"also needs “{right}”"):
        fitted(tmp_path, SPEND.replace(right, wrong), ROW)


def test_a_misspelling_never_wins_over_the_right_spelling(tmp_path: Path) -> None:
    fit = fitted(tmp_path, f"Suplier,{SPEND}", f"Other,{ROW}")
    assert (fit.places["supplier"], fit.unused, fit.notes) == ("c3", ("Suplier",), ())


def test_marks_and_blanks_make_no_other_heading(tmp_path: Path) -> None:
    fit = fitted(tmp_path, "ENTITY,Date,Supplier,TransactionNumber,Amount in Sterling (£)", ROW)
    assert (fit.places["transaction"], fit.places["amount"], fit.notes) == ("c3", "c4", ())
    assert (fit.how["transaction"], fit.how["entity"]) == ("marks", "exact")


def test_the_cells_overrule_a_spelling(tmp_path: Path) -> None:
    # A column of dates is no amount, however its heading is spelled.
    dates = [f"St Ann's,{day}/10/2026,Brightway,INV-{day},{day}/10/2026" for day in range(10, 20)]
    with pytest.raises(FileProblem, match="also needs “Amount”"):
        fitted(tmp_path, SPEND.replace("Amount", "Ammount"), *dates)


def test_two_headings_that_could_be_one_column_are_asked_about(tmp_path: Path) -> None:
    headings = f"{SPEND.replace('Supplier', 'Suplier')},Supplierr"
    assert asked(tmp_path, headings, f"{ROW},Brightway Ltd") == (
        "has “Suplier” and “Supplierr”, which could each be “Supplier”: say which with "
        '--column "Suplier=supplier" or --column "Supplierr=supplier".'
    )
    fit = fitted(tmp_path, headings, f"{ROW},B", answers={"supplierr": "supplier"})
    assert (fit.places["supplier"], fit.answers) == ("c5", ("supplierr=supplier",))


def test_a_heading_that_could_be_two_columns_is_asked_about(tmp_path: Path) -> None:
    text = """
[columns.billed]
headings = ["Invoiced"]
[columns.wanted]
headings = ["Involced"]
[columns.number]
headings = ["Number"]
[[facts]]
feed = "spend"
document = "number"
"""
    acme = {"acme": profile_of(tmp_path, text)}
    table = found(tmp_path, "Number,Invokced\n1,2\n")
    with pytest.raises(FileProblem) as problem:
        match(table, acme)
    assert str(problem.value) == (
        "export.csv has a column “Invokced” that could be “Invoiced” or “Involced”: say which with "
        '--column "Invokced=billed" or --column "Invokced=wanted".'
    )
    assert match(table, acme, None, {"invokced": "wanted"}).places["wanted"] == "c1"
    assert set(match(table, acme, None, {"#2": ""}).places) == {"number"}


def test_a_heading_that_stands_twice(tmp_path: Path) -> None:
    twice = f"{SPEND},Amount"
    assert asked(tmp_path, twice, f"{ROW},9") == (
        "has “#5” and “#6”, which could each be “Amount”: say which with "
        '--column "#5=amount" or --column "#6=amount".'
    )
    assert fitted(tmp_path, twice, f"{ROW},9", answers={"#6": "amount"}).places["amount"] == "c5"
    same = fitted(tmp_path, twice, f"{ROW},7000.00")
    assert same.notes == ("column “Amount” stands twice with the same cells",)
    empty = fitted(tmp_path, f"Amount,{SPEND}", f",{ROW}")
    assert empty.places["amount"] == "c5"
    words = fitted(tmp_path, f"Amount,{SPEND}", *[f"paid,{ROW}"] * 3)
    assert words.places["amount"] == "c5"


def test_a_blank_heading_can_be_named_by_its_number(tmp_path: Path) -> None:
    fit = fitted(tmp_path, SPEND.replace("Supplier", ""), ROW, answers={"#3": "supplier"})
    assert (fit.places["supplier"], fit.how["supplier"]) == ("c2", "answer")


def test_an_answer_that_names_no_column_is_told_the_columns(tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match="no column `suplier` \\(is `supplier` meant"):
        fitted(tmp_path, SPEND, ROW, answers={"note": "suplier"})
    with pytest.raises(UsageProblem, match='as --column "Heading=name"'):
        chosen({"column": "Heading"})
    assert chosen({"column": "Net = amount=amount\n#3="}) == {"net = amount": "amount", "#3": ""}


def test_profiles_with_the_same_headings_are_told_apart_by_the_cells(tmp_path: Path) -> None:
    def acme(name: str, kind: str) -> Profile:
        text = f"""
[columns.number]
headings = ["Number"]
required = true
[columns.paid]
headings = ["Paid"]
kind = "{kind}"
required = true
[[facts]]
feed = "spend"
document = "number"
"""
        return replace(profile_of(tmp_path, text), name=name)

    both = {"days": acme("days", "date"), "sums": acme("sums", "money")}
    days = found(tmp_path, "Number,Paid\n1,13/02/2026\n2,14/02/2026\n3,15/02/2026\n")
    sums = found(tmp_path, "Number,Paid\n1,13.50\n2,14.00\n3,(15.10)\n")
    assert match(days, both).profile.name == "days"
    assert match(sums, both).profile.name == "sums"
    with pytest.raises(FileProblem, match="could be days or sums: say which with --profile"):
        match(found(tmp_path, "Number,Paid\n1,\n2,\n"), both)


def test_the_record_of_headings_is_found_though_most_are_misspelt(tmp_path: Path) -> None:
    text = "Country,Ivory Coast,October\nsite code,site regoin,site distrcit\nELM,NORTH,A\n"
    assert found(tmp_path, text).header_record == 2
    # Without one that is spelled right, the shape of the table decides.
    assert found(tmp_path, text.replace("site code", "site cod")).header_record == 1


def test_the_second_of_two_columns_with_one_heading(tmp_path: Path) -> None:
    text = "Co Code,Batch ID,File #,Temp Dept,Reg Hours,Hours 3 Code,Hours 3 Code\nA,1,2,E,8,P,S\n"
    fit = match(found(tmp_path, text), PROFILES)
    assert (fit.places["hours_3_code"], fit.places["hours_3_again_code"]) == ("c5", "c6")


def test_a_table_that_is_known_only_to_be_turned_away(tmp_path: Path) -> None:
    assert refused(tmp_path, "Chain,Chain ID,Number of facilities,Rating").startswith(
        "export.csv is a table of nursing home chains: "
    )
