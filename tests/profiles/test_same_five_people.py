"""People, visits, sites, posts, complaints and remittances: the same five facts from every vendor.

Each table of expected rows can be compared by eye with any of the exports beside it, which all
state it in their own layout. The last test finds a profile that no table covers.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from pipelines.profiles import known_profiles
from tests.loading import EXPORTS, Row, facts, load


def profile_of(export: str) -> str:
    """The profile that an export is for: its folder's name, up to what sets variants apart."""
    return Path(export).parent.name.partition("-")[0]


END = date(2026, 10, 3)
PAY_PERIOD = [
    ("ELM", "overtime", "4.25", END),
    ("ELM", "regular", "72.5", END),
    ("ELM", "regular", "80", END),
    ("OAK", "overtime", "1.5", END),
    ("OAK", "regular", "38", END),
]
PAY_PERIOD_EXPORTS = (
    "adp_open_dental/open_dental_2026-10-03.csv",
    "adp_wfn/PRGRPEPI.csv",
    "adp_wfn/PRGRPEPI_2026-10-03.csv",
    "adp_wfn-totalsource/PRTSPEPI_2026-10-03.csv",
    "adp_wfn-facilities/facility_2026-10-03.csv",
    "gusto_journal-departments/journal.csv",
    "gusto_journal/payroll-journal.csv",
    "paychex_flex/paychex_GRP_2026-10-09.csv",
    "paychex_register/register_2026-10-03.csv",
    "rounds_labor/pay.csv",
    "ukg_timecard/timecard_2026-10-03.csv",
)


@pytest.mark.parametrize("export", PAY_PERIOD_EXPORTS)
def test_hours_of_a_pay_period(home: Path, export: str) -> None:
    [outcome] = load(home, EXPORTS / export)
    assert outcome.profile == profile_of(export)
    columns = "site, pay_class, hours, period_end"
    assert facts(home, "labor", columns, "hours IS NOT NULL") == PAY_PERIOD


# site, role, overtime, all pay
YEAR = [
    ("Fleet", "Clerk", None, "39000"),
    ("Fleet", "Mechanic", "7300.75", "63000.75"),
    ("Public Health", "Nurse", "4200", "85700.5"),
    ("Public Health", "Nurse", None, "71000"),
    ("Public Health", "Orderly", "-120", "41130.25"),
]
YEAR_EXPORTS = {
    "boston_earnings/earnings-report-2012-with-dollars.csv": 2012,
    "boston_earnings/employee-earnings-report-2026.csv": 2026,
    "montgomery_salaries/Employee_Salaries_-_2026.csv": 2026,
    "nyc_payroll/citywide_payroll.csv": 2026,
    "public_payroll/salaries.csv": 2026,
}
PERSON = """site, role, nullif(sum(amount) FILTER (pay_class = 'overtime'), 0), sum(amount)"""


@pytest.mark.parametrize("export", YEAR_EXPORTS)
def test_pay_of_a_year(home: Path, export: str) -> None:
    [outcome] = load(home, EXPORTS / export)
    assert outcome.profile == profile_of(export)
    assert facts(home, "labor", PERSON, "true GROUP BY record, site, role") == YEAR
    year = YEAR_EXPORTS[export]
    span = (date(year, 1, 1), date(year, 12, 31))
    if outcome.profile == "nyc_payroll":
        span = (date(year - 1, 7, 1), date(year, 6, 30))
    assert set(facts(home, "labor", "period_start, period_end")) == {span}
    money = outcome.as_json()["money"]
    assert (money["read"], money["accepted"]) == ("299831.5000", "299831.5000")


def test_pay_of_a_year_in_the_plain_layout(home: Path) -> None:
    load(home, EXPORTS / "rounds_labor/year.csv")
    by_role = [
        ("Fleet", "Clerk", None, "39000"),
        ("Fleet", "Mechanic", "7300.75", "63000.75"),
        ("Public Health", "Nurse", "4200", "156700.5"),  # the two nurses' pay in one role
        ("Public Health", "Orderly", "-120", "41130.25"),
    ]
    assert facts(home, "labor", PERSON, "true GROUP BY site, role") == by_role


RETURN = [
    ("01A009", date(2026, 7, 1), "CNA", "contract", "12.5"),
    ("01A009", date(2026, 7, 1), "CNA", "employee", "160.08"),
    ("01A009", date(2026, 7, 1), "RN", "employee", "55.7"),
    ("01A009", date(2026, 7, 2), "RN", "employee", "63.28"),
    ("335002", date(2026, 7, 1), "LPN", "contract", "24"),
]
RETURN_EXPORTS = (
    "cms_pbj_nurse/PBJ_Daily_Nurse_Staffing_Q3_2026.csv",
    "cms_pbj_submission/hour_entries.csv",
    "rounds_labor/staffing_return.csv",
)


def test_hours_of_a_submission_as_it_was_sent(home: Path) -> None:
    """Its list of employees is a table of its own, and turned away."""
    outcomes = load(home, *sorted((EXPORTS / "cms_pbj_submission").glob("*.xml")))
    told = [(outcome.status, outcome.profile) for outcome in outcomes]
    assert sorted(told, key=str) == [
        ("loaded", "cms_pbj_submission"), ("loaded", "cms_pbj_submission"),
        ("refused", None), ("refused", None),
    ]  # fmt: skip
    columns = "site, period_end, role, kind, hours"
    assert facts(home, "labor", columns, "hours <> 0 AND basis = 'return'") == RETURN


@pytest.mark.parametrize("export", RETURN_EXPORTS)
def test_hours_of_a_staffing_return(home: Path, export: str) -> None:
    load(home, EXPORTS / export)
    columns = "site, period_end, role, kind, hours"
    assert facts(home, "labor", columns, "hours <> 0 AND basis = 'return'") == RETURN


OCTOBER = date(2026, 10, 1)
ATTENDANCES = [
    ("NX9", OCTOBER, "month", "attendances_other", "2999"),
    ("R1A", OCTOBER, "month", "attendances_type_1", "12010"),
    ("R1A", OCTOBER, "month", "attendances_type_2", "340"),
    ("R1B", OCTOBER, "month", "attendances_other", "1204"),
    ("R1B", OCTOBER, "month", "attendances_type_1", "8755"),
]
CENSUS = [
    ("01A009", date(2026, 7, 1), "day", "resident_days", "51"),
    ("01A009", date(2026, 7, 2), "day", "resident_days", "52"),
    ("335002", date(2026, 7, 1), "day", "resident_days", "20"),
]
LAST = date(2026, 7, 31)
RESIDENTS = [
    ("01A009", LAST, "day", "residents_medicaid", "38"),
    ("01A009", LAST, "day", "residents_medicare", "5"),
    ("01A009", LAST, "day", "residents_other", "8"),
    ("335002", LAST, "day", "residents_medicaid", "12"),
    ("335002", LAST, "day", "residents_other", "2"),
]
FRIDAY, SATURDAY = date(2026, 10, 30), date(2026, 10, 31)
VISITS = [
    ("Elmwood Clinic", FRIDAY, "day", "no_shows", "4"),
    ("Elmwood Clinic", FRIDAY, "day", "visits", "31"),
    ("Oak Street", FRIDAY, "day", "visits", "18"),
    ("Oak Street", SATURDAY, "day", "Rescheduled", "1"),
    ("Oak Street", SATURDAY, "day", "cancelled", "2"),
]
COUNTS = {
    "visit_counts/visits.csv": VISITS,
    "rounds_volume-visits/visits.csv": VISITS,
    "cms_pbj_census/census.csv": RESIDENTS,
    "rounds_volume-census/month_end.csv": RESIDENTS,
    "cms_pbj_nurse/PBJ_Daily_Nurse_Staffing_Q3_2026.csv": CENSUS,
    "rounds_volume/census.csv": CENSUS,
    "nhs_ae/October-2026-CSV.csv": ATTENDANCES,
    "nhs_ae-2018/October-2018-CSV.csv": ATTENDANCES,
    "rounds_volume/attendances.csv": ATTENDANCES,
    "rounds_volume-tsv/counts_by_month.tsv": ATTENDANCES,
}


@pytest.mark.parametrize("export", COUNTS)
def test_counts(home: Path, export: str) -> None:
    load(home, EXPORTS / export)
    columns = 'site, date, grain, measure, "count"'
    assert facts(home, "volume", columns, '"count" <> 0') == COUNTS[export]


HOMES = [
    ("015009", "Mill House", "Nursing home", "NY", 57),
    ("01A010", "North Pond, Inc.", "Nursing home", "NY", 120),
    ("335002", "Otter Creek", "Nursing home", "NY", 0),
    ("335004", "Quarry Lane", "Nursing home", "VT", 44),
    ("505123", "Weir View", "Nursing home", "VT", None),
]
SITE_EXPORTS = (
    "cms_ltc_facilities/Long_Term_Care_Facility_Characteristics_Q3_2026.csv",
    "cms_provider_info/NH_ProviderInfo_Oct2026.csv",
    "facility_listing/licensed_facilities.csv",
    "nhs_eric_sites/ERIC - 2025_26 - Site data.csv",
    "rounds_sites-homes/five_homes.csv",
    "usaid_sites-homes/five_homes.csv",
    "wa_nursing_facilities/NFListing_2026-10.csv",
)


@pytest.mark.parametrize("export", SITE_EXPORTS)
def test_sites(home: Path, export: str) -> None:
    [outcome] = load(home, EXPORTS / export)
    assert outcome.profile == profile_of(export)
    nameless = outcome.profile == "usaid_sites"  # it has no names, and neither has it beds
    expected: list[Row] = [
        (site, f"{kind} {site}" if nameless else name, kind, region)
        for site, name, kind, region, _ in HOMES
    ]
    assert facts(home, "sites", "site, name, kind, region") == expected
    beds = [row[0] for row in facts(home, "sites", "beds, site")]
    stated = outcome.profile not in ("usaid_sites", "cms_ltc_facilities")
    assert sorted(map(str, beds)) == sorted(str(row[4] if stated else None) for row in HOMES)


POSTS = [
    ("ELM", date(2026, 10, 31), "CNA", "12", "12.75"),
    ("ELM", date(2026, 10, 31), "Front desk", "2", "0"),
    ("ELM", date(2026, 10, 31), "RN", "8.5", "7"),
    ("OAK", date(2026, 9, 30), "RN", "3", "3"),
    ("OAK", date(2026, 10, 31), "RN", "3", "2.9"),
]
POST_EXPORTS = ("rounds_positions/positions.csv", "rounds_positions/positions_decimal_comma.csv")


@pytest.mark.parametrize("export", POST_EXPORTS)
def test_positions(home: Path, export: str) -> None:
    load(home, EXPORTS / export)
    assert facts(home, "positions", "site, as_of, role, budgeted, filled") == POSTS


TARGETS = [
    ("labor_cost", None, "North", date(2026, 1, 1), None, "182000.5", "money", "USD"),
    ("overtime_share", "ELM", None, date(2026, 7, 1), None, "4.5", "%", "USD"),
    ("overtime_share", None, None, date(2026, 1, 1), date(2026, 12, 31), "6", "%", "USD"),
]
TARGET_EXPORTS = ("rounds_targets/targets.csv", "rounds_targets/targets_decimal_comma.csv")


@pytest.mark.parametrize("export", TARGET_EXPORTS)
def test_targets(home: Path, export: str) -> None:
    load(home, EXPORTS / export)
    columns = "metric, site, region, from_month, to_month, value, unit, currency"
    assert facts(home, "targets", columns) == TARGETS


FEEDBACK = [
    ("ELM", OCTOBER, "complaint", 4, 3, 3),
    ("ELM", OCTOBER, "compliment", 11, None, None),
    ("ELM", OCTOBER, "record_request", 7, 6, 5),
    ("OAK", date(2026, 9, 1), "complaint", 2, 2, 1),
    ("OAK", OCTOBER, "complaint", 0, 0, 0),
]
FEEDBACK_EXPORTS = ("rounds_feedback/feedback.csv", "rounds_feedback/feedback_log.tsv")


@pytest.mark.parametrize("export", FEEDBACK_EXPORTS)
def test_feedback(home: Path, export: str) -> None:
    load(home, EXPORTS / export)
    assert facts(home, "feedback", "site, date, kind, received, due, on_time") == FEEDBACK


REMITS = [
    ("ELM", "P-014", OCTOBER, "412000", "251000", "21400", 3120, 168, "64000", "51000", "USD"),
    ("ELM", "P-015", OCTOBER, "90000.1", "60999.99", "0", 700, 0, None, "0", "USD"),
    ("OAK", "P-014", date(2026, 9, 1), "49500", "29800", None, 402, None, "7000", "3900", "USD"),
    ("OAK", "P-014", OCTOBER, "51000", "-1200.5", "800.25", 410, 9, "7000", "4100", "USD"),
    ("OAK", "P-015", OCTOBER, "0", "0", "0", 0, 0, None, "0", "USD"),
]
REMIT_EXPORTS = ("rounds_remits/remits.csv", "rounds_remits/remits_dollars.csv")


@pytest.mark.parametrize("export", REMIT_EXPORTS)
def test_remits(home: Path, export: str) -> None:
    load(home, EXPORTS / export)
    columns = (
        "site, contract, month, charged, paid, denied, claims_submitted, claims_denied, "
        "capitation, receivables_over_90, currency"
    )
    assert facts(home, "remits", columns) == REMITS


TABLES: dict[str, tuple[str, ...]] = {
    "labor": (
        *PAY_PERIOD_EXPORTS, *YEAR_EXPORTS, *RETURN_EXPORTS, "rounds_labor/year.csv",
    ),
    "volume": tuple(COUNTS),
    "sites": SITE_EXPORTS,
    "positions": POST_EXPORTS,
    "feedback": FEEDBACK_EXPORTS,
    "remits": REMIT_EXPORTS,
}  # fmt: skip
# Profiles that state something else, and the test that holds them.
ELSEWHERE = {
    "athena_appointments",  # patients' appointments, counted by status: below
    "atlas_locations",  # rooms and their parents, of no kind: test_same_five_things.py
    "openboxes_locations",  # stores and wards, beside bins that are no sites: likewise
}


def test_appointments_are_counted(home: Path) -> None:
    [outcome] = load(home, EXPORTS / "athena_appointments")
    assert outcome.profile == "athena_appointments"
    monday, tuesday = date(2026, 10, 5), date(2026, 10, 6)
    # One row a status: what was scheduled is their sum.
    columns = 'site, date, grain, measure, sum("count")'
    assert facts(home, "volume", columns, "true GROUP BY ALL") == [
        ("ELM", monday, "day", "no_shows", "1"),
        ("ELM", monday, "day", "scheduled", "3"),
        ("ELM", monday, "day", "visits", "2"),
        ("ELM", tuesday, "day", "cancelled", "1"),
        ("OAK", monday, "day", "scheduled", "1"),
        ("OAK", monday, "day", "visits", "1"),
    ]


@pytest.mark.parametrize("feed", TABLES)
def test_no_profile_of_the_feed_is_missing_above(feed: str) -> None:
    filling = {name for name, profile in known_profiles().items() if feed in profile.feeds}
    assert filling - ELSEWHERE == {profile_of(export) for export in TABLES[feed]}
