"""Lists of patients are turned away: by heading, by what a column holds, by title."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from pipelines.ingest.patients import (
    looks_like_birthdays,
    mostly_people,
    patient_cells,
    patient_heading,
    patient_title,
)
from pipelines.profiles import known_profiles
from tests.loading import load_text

PROFILES = known_profiles()
NAMES = ["Delgado, Maria", "Carter, John A", "Nguyen, Linda", "Okafor, James", "Hale, Ruth"]
BIRTHS = ["03/14/1941", "11/02/1987", "07/30/2015", "01/09/1956", "05/22/1971"]


@pytest.mark.parametrize("heading", [
    "Patient", "PATIENT_NAME", "PatientLastName", "pt_first", "Pt. Name", "Patient ID",
    "Member #", "Member ID", "MRN", "MRN No.", "Medical Record #", "Chart No", "chart_number",
    "DOB", "Date of Birth", "BirthDate", "Patient DOB", "SSN", "Social Security No", "Guarantor",
    "Subscriber ID", "Policy Holder", "Diagnosis Code 1", "ICD-10", "icd10 code", "NHS Number",
    "Resident Name", "Name of Patient", "athenaPatientId", "Geburtsdatum", "Patientenname",
    "Nom du patient", "Date de naissance", "Numéro de sécurité sociale", "Paciente",
    "Fecha de nacimiento", "Historia clínica", "Data di nascita", "Paziente", "Geboortedatum",
    "Hasta Adı", "Doğum Tarihi", "PESEL", "Prontuário",
])  # fmt: skip
def test_headings_about_patients(heading: str) -> None:
    assert patient_heading(["Site", heading], PROFILES["rounds_volume"]) == heading


@pytest.mark.parametrize("heading", [
    "Patient days", "Resident days", "Patient visits", "Patient Type", "Number of patients",
    "Patients who have waited 4-12 hs from DTA to admission", "Member months", "Membership",
    "Inpatient admissions", "Patient no-shows", "Resident count", "Provider Name",
    "Chart of accounts",
    "Patient revenue", "Desde", "Hasta", "Birthing rooms", "Staff member count", "Board",
    "Item No.",
    "Average Number of Residents per Day", "Description", "Phone", "Vendor Address", "MDScensus",
])  # fmt: skip
def test_headings_that_only_sound_like_it(heading: str) -> None:
    assert patient_heading(["Site", heading], PROFILES["rounds_volume"]) is None


def test_no_heading_of_a_shipped_profile_is_about_patients() -> None:
    for profile in PROFILES.values():
        headings = [h for source in profile.sources for h in source.headings]
        assert patient_heading(headings, profile) is None


def test_rules_depend_on_the_feed() -> None:
    assert patient_heading(["DOB", "SSN"], PROFILES["gusto_journal"]) is None
    assert patient_heading(["Patient ID"], PROFILES["gusto_journal"]) == "Patient ID"
    assert patient_heading(["Fault diagnosis"], PROFILES["rounds_volume"]) == "Fault diagnosis"
    assert patient_heading(["Diagnosis"], PROFILES["rounds_work_orders"]) is None


def frame(*columns: list[str]) -> pl.DataFrame:
    return pl.DataFrame({f"c{i}": cells for i, cells in enumerate(columns)})


def test_names_beside_birth_dates_or_medical_numbers_are_patients() -> None:
    sites, dues = (
        ["ELM"] * 5,
        ["10/05/2026", "10/06/2026", "10/07/2026", "10/08/2026", "10/09/2026"],
    )
    numbers = [f"MRN 88{i}12" for i in range(5)]
    assert patient_cells(frame(sites, NAMES, BIRTHS)) == 1
    assert patient_cells(frame(sites, numbers, NAMES)) == 2
    assert patient_cells(frame(sites, NAMES, dues)) is None
    assert patient_cells(frame(sites, BIRTHS)) is None
    assert patient_cells(frame(NAMES, BIRTHS), ["Name", "Hire date"]) is None
    assert patient_cells(frame(sites, [f"{i}EG4-TE5-MK73" for i in range(1, 6)])) == 1


def test_dates_of_contracts_are_no_birth_dates() -> None:
    today = date(2026, 10, 31)
    assert looks_like_birthdays(pl.Series(BIRTHS), today)
    executed = pl.Series(["01/05/2019", "03/09/2021", "11/30/2023", "12/01/2024"])
    assert not looks_like_birthdays(executed, today)


def test_group_headings_that_mostly_name_people() -> None:
    totals = [f"Total for {name}" for name in NAMES]
    assert mostly_people(pl.Series([*NAMES, *totals]))
    vendors = ["Brightway Cleaning", "Northline Medical", "Delgado, Maria", "Acme Ltd", "Wendy's"]
    assert not mostly_people(pl.Series(vendors))
    assert not mostly_people(pl.Series(["Rent", "Utilities", "Total for Rent"]))


def test_a_title_by_patient() -> None:
    assert patient_title([("Harbor Clinic",), ("Sales by Patient Detail",), ()])
    assert not patient_title([("Length of stay by patient type",), ("Patient satisfaction",)])


def test_a_file_is_refused_by_what_it_holds_without_a_value(home: Path) -> None:
    lines = ["site,date,measure,count,a,b"]
    lines += [
        f'ELM,2026-10-05,visits,1,"{name}",{birth}'
        for name, birth in zip(NAMES, BIRTHS, strict=True)
    ]
    outcome = load_text(home, "\n".join(lines) + "\n")
    assert outcome.status == "refused"
    assert "holds patients' data (what stands in column 5, “a”)" in str(outcome.problem)
    assert "Delgado" not in str(outcome.problem)
