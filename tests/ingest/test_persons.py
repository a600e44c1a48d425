"""Persons told from organisations: by form, by common names, by what an organisation is called."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from pipelines.ingest.persons import is_person, is_surely_person, names_within, person_pseudonym


@pytest.mark.parametrize("text", [
    "Smith, John", "SMITH, JOHN A", "O'Brien, Siobhán", "De La Cruz, María", "Ward, David E.",
    "Shrestha, Rijan", "Nguyen, Thanh", "Alger Jr, Rodney Lee", "Rhodes, Robert & Irene",
    "John Smith", "John A. Smith", "MARGARET R HALE", "José García", "J R Patel", "SMITH JOHN A",
    "P Hibbert", "Angelos Halaris MD",
    "Mr J Smith", "Dr Okonkwo", "DR. A PATEL", "Mr & Mrs Smith", "Mary & John Ellis",
    "Anna Petrov, MD", "Elizabeth Forkkio, DDS", "Kathleen Moore PhD", "John Smith (V10234)",
    "10234 - John Smith", "Dave Miller t/a Miller Paving", "June Farrar",
])  # fmt: skip
def test_persons(text: str) -> None:
    assert is_person(text)


@pytest.mark.parametrize("text", [
    "Smith, Jones & Partners LLP", "Johnson & Johnson", "Roche Diagnostics", "St Mary's Ltd",
    "Brightway Cleaning", "Northline Medical", "Acme Ltd", "Wendy's", "Ernst & Young",
    "Grainger, Inc.", "Phoenix, City of", "Austin, Texas", "Levi, Ray & Shoup Inc", "Amazon",
    "Dr Hommel & Partners", "Mr Rooter Plumbing", "Harbor Health HMO", "Mason Street Surgery",
    "Kelly Services", "Charles River Laboratories", "The Lawrence", "NHS England",
    "Sherwin Williams", "Henry Schein", "Osborn Maledon, P.A.",
    "Build A Bear", "U Haul", "T Mobile", "B Braun",
    "Thermo Fisher", "Law Offices of James Fabbrini", "McGuire Woods, LLP-Chicago", "3M", "",
    "Rounds Care Inc", "Family Services, Inc", "35231074", "Person 3f9a2c4d51e0", "Grace Church",
])  # fmt: skip
def test_organisations(text: str) -> None:
    assert not is_person(text)


def test_a_person_written_otherwise_has_the_same_pseudonym() -> None:
    spellings = ("SMITH, JOHN A", "John A. Smith", "Mr John A Smith", "Smith,  John  A  (V123)")
    assert len({person_pseudonym(s, b"key") for s in spellings}) == 1
    assert person_pseudonym("Smith, John B", b"key") != person_pseudonym("Smith, John A", b"key")
    assert person_pseudonym("Smith, John A", b"key") != person_pseudonym("Smith, John A", b"other")


@pytest.mark.parametrize(("text", "names"), [
    ("John Smith reports a leak", ["John Smith"]),
    ("refund Smith, John and John A. Carter", ["Smith, John", "John A. Carter"]),
    ("Florence Ward, bed 3", []),
    ("Victoria Hospital and Thomas Moore Group", []),
    ("will call john about the door", []),
])  # fmt: skip
def test_names_in_running_text(text: str, names: list[str]) -> None:
    assert [text[start:stop] for start, stop in names_within(text)] == names


def test_a_cell_that_is_a_code_is_a_person_only_with_known_names() -> None:
    assert is_surely_person("Smith, John")
    assert not is_surely_person("Steel, Stainless")
    assert not is_surely_person("Nickel Plating")


@pytest.mark.real
def test_persons_of_a_public_register_go_and_companies_stay(realdata: Path) -> None:
    """By form alone, independently of the rules: `Ltd` and the like against `First M. Last`."""
    data = (realdata / "contracts/montgomery_county_md_Contracts.csv").read_bytes()
    text = data.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
    vendors = {row["Vendor"].strip() for row in csv.DictReader(io.StringIO(text))}
    legal = {"inc", "inc.", "llc", "corporation", "corp", "ltd", "company", "university", "co."}
    companies = {v for v in vendors if legal & set(v.lower().replace(",", " ").split())}
    people = {
        v for v in vendors - companies
        if len(v.split()) == 3 and len(v.split()[1].rstrip(".")) == 1 and v.istitle()
        and "&" not in v
    }  # fmt: skip
    assert len(companies) > 1_000
    assert len(people) > 50
    assert sum(is_person(v) for v in companies) / len(companies) < 0.01
    assert sum(is_person(v) for v in people) / len(people) > 0.95
