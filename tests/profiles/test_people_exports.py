"""What exports about people and sites hold beside the five facts: pairs, names, units, totals."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests.loading import EXPORTS, facts, load, load_text, rows


def test_adp_s_repeated_pairs_each_become_a_line(home: Path) -> None:
    [outcome] = load(home, EXPORTS / "adp_wfn-pairs/pairs_2026-10-03.csv")
    assert facts(home, "labor", "site, pay_code, pay_class, hours, amount") == [
        ("ELM", "B", "bonus", None, "100"),
        ("ELM", "ONC", "on_call", "12", None),
        ("ELM", "PTO", "leave", "8", None),
        ("ELM", "Reg", "regular", "32", None),
        ("ELM", "SCK", "leave", "4.5", None),
        ("OAK", "B", "bonus", None, "50"),
        ("OAK", "HOL", "leave", "8", None),
        ("OAK", "R", "bonus", None, "-12.5"),
        ("OAK", "Reg", "regular", "40", None),
    ]
    assert outcome.as_json()["money"]["read"] == "137.5000"  # 100.00 + 50.00 − 12.50


def test_adp_s_end_mark_is_furniture_and_no_amount_is_no_zero(home: Path) -> None:
    [outcome] = load(home, EXPORTS / "adp_wfn-totalsource/PRTSPEPI_2026-10-03.csv")
    told = outcome.as_json()
    assert (told["records"], told["accepted"], told["furniture"]) == (4, 3, 1)
    assert told["money"] is None


def test_a_worker_s_total_is_not_added_in(home: Path) -> None:
    load(home, EXPORTS / "paychex_register/register_2026-10-03.csv")
    # 72.50 + 4.25 + 80.00 + 38.00 + 1.50, and not the totals 76.75, 80.00 and 39.50 of each row
    assert facts(home, "labor", "sum(hours)") == [("196.25",)]


@pytest.mark.parametrize(
    ("account", "site", "role"),
    [
        ("MWW/MWL/CIG/HLT/QUN/914/-", "MWW/MWL/CIG/HLT/QUN", "914"),
        ("MWW/MWL/CIG/HLT/QUN/-/-", "MWW/MWL/CIG/HLT/QUN", None),
        ("ELM", "ELM", None),
    ],
)
def test_the_levels_of_a_labour_account(
    home: Path, account: str, site: str, role: str | None
) -> None:
    text = f"LaborAccountName,PayCodeName,AmountInTime,AmountInCurrency\n{account},PTO,10:23,\n"
    load_text(home, text, period="2026-10-03")
    # 10:23 is 10 and 23/60 hours
    assert facts(home, "labor", "site, role, pay_class, hours, amount") == [
        (site, role, "leave", "10.3833", None)
    ]


def test_boston_s_pay_by_kind_and_what_its_parts_leave_out(home: Path) -> None:
    load_text(
        home,
        "NAME,DEPARTMENT,TITLE,REGULAR,RETRO,OTHER,OVERTIME,INJURED,DETAIL,QUINN,TOTAL EARNINGS\n"
        '"Quackenbush,W",Fleet,Clerk,$10.00,$1.00,$2.00,$3.00,$4.00,$5.00,$6.00,$31.50\n',
        "earnings-2013.csv",
    )
    assert facts(home, "labor", "pay_code, pay_class, amount") == [
        ("Detail", "other", "5"),
        ("Injured", "leave", "4"),
        ("Not in the parts", "other", "0.5"),
        ("Other", "other", "2"),
        ("Overtime", "overtime", "3"),
        ("Quinn", "other", "6"),
        ("Regular", "regular", "10"),
        ("Retro", "other", "1"),
    ]


def test_a_yearly_report_without_a_year_asks_for_it(home: Path) -> None:
    text = (EXPORTS / "boston_earnings/employee-earnings-report-2026.csv").read_text("utf-8")
    outcome = load_text(home, text, "earnings.csv")
    assert outcome.problem == (
        "earnings.csv does not say its stated year: it stands neither in the file's name nor above "
        "the headings; give it with --period."
    )
    assert load_text(home, text, "earnings.csv", period="2024").status == "loaded"
    assert facts(home, "labor", "min(period_start)") == [(date(2024, 1, 1),)]


@pytest.mark.parametrize(
    "export",
    [
        "boston_earnings/employee-earnings-report-2026.csv",
        "nyc_payroll",
        "montgomery_salaries",
        "public_payroll",
        "adp_open_dental",
        "paychex_register",
        "gusto_journal-departments/journal.csv",
    ],
)
def test_no_name_and_no_number_of_a_worker_is_stored(home: Path, export: str) -> None:
    load(home, EXPORTS / export)
    workers = {worker for (worker,) in facts(home, "labor", "worker")}
    assert {len(bytes.fromhex(worker)) for worker in workers} == {8}
    stored = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    for name in (b"uackenbush", b"UACKENBUSH", b"glethorpe", b"GLETHORPE", b"900111"):
        assert name not in stored


def test_the_same_year_again_replaces_its_departments(home: Path) -> None:
    path = EXPORTS / "boston_earnings/employee-earnings-report-2026.csv"
    text = path.read_text("utf-8")
    load(home, path)
    fleet = "\n".join(line for line in text.splitlines() if "Fleet" in line or "NAME" in line)
    outcome = load_text(home, fleet.replace('"7,300.75"', '"7,300.85"'), "earnings-2026.csv")
    assert outcome.as_json()["superseded"] == 7  # the lines of the two of them
    assert facts(home, "labor", "site, sum(amount)", "superseded_in IS NULL GROUP BY site") == [
        ("Fleet", "102000.75"),
        ("Public Health", "197830.75"),
    ]


@pytest.mark.parametrize(
    ("code", "role"),
    [("7", "RN"), ("05", "RN DON"), ("11", "Nurse aide in training"), ("99", "99")],
)
def test_job_titles_of_a_pbj_submission(home: Path, code: str, role: str) -> None:
    load_text(
        home,
        "facilityId,employeeId,date,hours,jobTitleCode,payTypeCode\n"
        f"A1,E-1,2026-07-01,8,{code},3\n",
    )
    assert facts(home, "labor", "role, kind, basis") == [(role, "contract", "return")]


def test_an_unknown_pay_type_is_set_aside(home: Path) -> None:
    outcome = load_text(
        home,
        "facilityId,employeeId,date,hours,jobTitleCode,payTypeCode\nA1,E-1,2026-07-01,8,7,9\n",
    )
    assert outcome.as_json()["quarantined"] == 1
    assert rows(home, 'SELECT reason, "column" FROM quarantine') == [
        ("is none of: employee, agency, contract", "kind")
    ]


def test_costs_and_floor_areas_of_an_estates_return(home: Path) -> None:
    [outcome] = load(home, EXPORTS / "nhs_eric_sites")
    assert outcome.loaded is not None
    assert (outcome.loaded.accepted, outcome.loaded.furniture) == (5, 3)
    april = date(2025, 4, 1)
    assert facts(home, "ledger", "site, account, month, amount, currency")[:5] == [
        ("015009", "Cleaning", april, "88000.5", "GBP"),
        ("015009", "Energy", april, "120500", "GBP"),
        ("015009", "Water", april, "6100", "GBP"),
        ("01A010", "Energy", april, "201000", "GBP"),
        ("01A010", "Water", april, "9000", "GBP"),
    ]
    # The publisher's own grand totals: 486,500 and 22,600 and 149,500.50
    by_account = facts(home, "ledger", "account, sum(amount)", "true GROUP BY account")
    assert by_account == [("Cleaning", "149500.5"), ("Energy", "486500"), ("Water", "22600")]
    # 2,000 m² at 10.76391042 sq ft; “Not Applicable” is unknown, and not 0
    areas = facts(home, "sites", "site, floor_area", "site IN ('015009', '505123')")
    assert areas == [("015009", "21527.8208"), ("505123", None)]


def test_what_a_body_reports_of_its_small_sites_together_is_a_site_of_that_body(
    home: Path,
) -> None:
    heading = (
        "Organisation Code,Site Code,Site Name,Site Type,Gross internal floor area (m²),"
        "Energy costs (all energy supplies) (£)\n"
    )
    text = heading + "R1A,AGGRE,AGGREGATE SITE,Aggregate Site,10,5\nR1B,AGGRE,Other,,20,7\n"
    load_text(home, text, period="2015")
    assert facts(home, "sites", "site") == [("R1A-AGGRE",), ("R1B-AGGRE",)]


@pytest.mark.parametrize(
    ("export", "reason"),
    [
        ("cms_chains", "is a table of nursing home chains: each row holds a chain's averages"),
        ("nhs_eric_trusts", "they would count twice beside the sites' own."),
        ("nhs_eric_pfi", "about private finance schemes"),
        ("cms_pbj_employees", "hiring dates of single persons, no hours and no pay."),
    ],
)
def test_what_would_be_wrong_to_load_is_turned_away(home: Path, export: str, reason: str) -> None:
    [outcome] = load(home, EXPORTS / export)
    assert (outcome.status, outcome.loaded) == ("refused", None)
    assert reason in str(outcome.problem)
