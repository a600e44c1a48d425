"""The same five payments, and the same five contracts, in every layout that fills their feeds."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from pipelines.profiles import known_profiles
from tests.loading import EXPORTS, facts, load, load_text, rows

CLEANING, WASTE = date(2026, 10, 5), date(2026, 10, 5)
PAYMENTS = [
    ("Brightway Cleaning", "INV-1", CLEANING, "Cleaning", "7000"),
    ("Brightway Cleaning", "INV-1", WASTE, "Waste", "250.1"),
    ("Müller & Söhne", "4411", date(2026, 10, 31), "Agency", "26000"),
    ("Total Energies Ltd", "98-7", date(2026, 10, 13), "Energy", "31204.55"),
    ("Total Energies Ltd", "98-8", date(2026, 10, 14), "Energy", "-1204.55"),
]
SPEND = {
    "uk_spend/Spend over 25k October 2026.csv": ("Rounds Care Trust", "GBP"),
    "uk_spend/ELM 07 - October.csv": ("ELM", "GBP"),
    "uk_spend/ELM October with numbers.csv": ("ELMWOOD HOSPITAL NHS TRUST", "GBP"),
    "uk_spend/council_2026-10.csv": ("Elmwood City Council", "GBP"),
    "uk_spend/expenditure-over-500-period-7.csv": ("Greater Elmwood Authority", "GBP"),
    "city_checkbook/City of Elmwood checkbook.csv": ("City of Elmwood", "USD"),
    "city_checkbook/elmwood_october-2026.csv": ("elmwood", "USD"),
    "xero_bills/bills.csv": (None, "GBP"),
    "rounds_spend/spend.csv": (None, "GBP"),
}
# They hold payments beside the five invoices, so that other money is read: the five rows are held
# in test_vendors.py, test_spend_by_supplier.
ELSEWHERE = {
    "quickbooks_vendors", "sage50_transactions", "coupa_invoices", "netsuite_transactions",
}  # fmt: skip
# Where a layout has no number of any kind, day and amount stand in its place.
UNNUMBERED = {"city_checkbook/elmwood_october-2026.csv"}


@pytest.mark.parametrize("export", SPEND)
def test_five_payments(home: Path, export: str) -> None:
    [outcome] = load(home, EXPORTS / export)
    assert outcome.profile == Path(export).parent.name
    found = facts(home, "spend", "supplier, document, date, account, amount, entity, currency")
    columns = (0, 2, 3, 4) if export in UNNUMBERED else (0, 1, 2, 3, 4)
    expected = sorted(tuple(row[c] for c in columns) for row in PAYMENTS)
    assert sorted(tuple(row[c] for c in columns) for row in found) == expected
    assert {row[5:] for row in found} == {SPEND[export]}
    assert outcome.loaded is not None
    assert (outcome.loaded.records, outcome.loaded.accepted) == (5 + outcome.loaded.furniture, 5)
    money = outcome.as_json()["money"]
    assert (money["read"], money["accepted"]) == ("63250.1000", "63250.1000")


@pytest.mark.parametrize(
    ("export", "furniture"),
    [
        ("uk_spend/ELM 07 - October.csv", ["total"]),  # "Sum:"
        ("uk_spend/council_2026-10.csv", ["blank"]),
        ("city_checkbook/elmwood_october-2026.csv", ["total"]),  # nothing but an amount, that ties
    ],
)
def test_what_is_furniture(home: Path, export: str, furniture: list[str]) -> None:
    load(home, EXPORTS / export)
    assert [row[0] for row in rows(home, "SELECT class FROM furniture")] == furniture


def test_a_payment_without_number_is_known_by_its_day_and_amount(home: Path) -> None:
    load(home, EXPORTS / "city_checkbook" / "elmwood_october-2026.csv")
    found = facts(home, "spend", "document, line, amount", "supplier LIKE 'Brightway%'")
    assert found == [
        ("2026-10-05/250.1000", "3", "250.1"),
        ("2026-10-05/7000.0000", "2", "7000"),
    ]


def test_an_amount_alone_that_does_not_tie_is_no_total(home: Path) -> None:
    text = (EXPORTS / "city_checkbook" / "elmwood_october-2026.csv").read_text(encoding="utf-8")
    outcome = load_text(home, text.replace(",63250.10", ",63250.11"), "elmwood_2026.csv")
    assert outcome.loaded is not None
    assert (outcome.loaded.accepted, outcome.loaded.quarantined) == (5, 1)
    assert outcome.as_json()["money"]["quarantined"] == "63250.1100"


def test_what_a_pdf_broke_is_set_aside_with_its_money(home: Path) -> None:
    [outcome] = load(home, EXPORTS / "uk_spend" / "OAK 07 - October.pdf.csv")
    assert outcome.loaded is not None
    assert (outcome.loaded.records, outcome.loaded.accepted) == (7, 3)
    assert (outcome.loaded.quarantined, outcome.loaded.furniture) == (3, 1)  # a page's headings
    money = outcome.as_json()["money"]
    # The shifted record's cell under "Amount" holds the number of its transaction, 4411.
    assert (money["read"], money["accepted"]) == ("41661.1000", "6045.5500")
    assert (money["quarantined"], money["unreadable"]) == ("35615.5500", 0)
    reasons = rows(
        home, 'SELECT record, reason, "column" FROM quarantine ORDER BY record, "column"'
    )
    blank = "is blank, and every row needs it"
    assert reasons == [
        (5, blank, "Date"),
        (6, blank, "Amount"), (6, blank, "Entity"), (6, blank, "Supplier"),
        (8, blank, "Supplier"), (8, "has more cells than there are headings", None),
    ]  # fmt: skip


def test_a_file_that_names_no_payer_asks_for_it(home: Path) -> None:
    text = (EXPORTS / "uk_spend" / "ELM 07 - October.csv").read_text(encoding="cp1252")
    assert load_text(home, text, "spend over 25k October.csv").problem == (
        "spend over 25k October.csv does not say its entity: it has no such column, and it stands "
        "nowhere in the file's name or in the sheet's name or above the headings; give it with "
        "--site."
    )
    told = load_text(home, text, "spend over 25k October.csv", site="Elmwood")
    assert told.status == "loaded"
    assert facts(home, "spend", "DISTINCT entity") == [("Elmwood",)]


def test_the_month_that_a_file_states_is_what_it_replaces(home: Path) -> None:
    """November's file holds mostly October's invoices, and must not replace October's file."""
    export = EXPORTS / "uk_spend" / "ELM October with numbers.csv"
    load(home, export)
    november = export.read_text(encoding="cp1252").replace("Oct-26,", "Nov-26,")
    load_text(home, november, "ELM November.csv")
    assert facts(home, "spend", "count(*), sum(amount)") == [(10, "126500.2")]


TERMS = [
    ("1101", "Cleaning, clinics north", "Brightway Cleaning", "Services",
     date(2023, 12, 11), date(2026, 12, 31)),
    ("1102", "Lift maintenance", "Upward Lifts", "Services",
     date(2024, 2, 1), date(2027, 1, 31)),
    ("1103", "Gloves and syringes", "Medline & Sons", "Goods",
     date(2025, 1, 15), date(2026, 1, 14)),
    ("1104", "Elmwood Clinic, ground floor", "Harbour Estates", "Lease",
     date(2019, 4, 1), date(2029, 3, 31)),
    ("1105", "Interpreting", "Babel Partners", "Services",
     date(2026, 6, 30), date(2028, 6, 29)),
]  # fmt: skip


@pytest.mark.parametrize(
    "export",
    [
        "montgomery_contracts/Contracts.csv",
        "chicago_contracts/Contracts.csv",
        "contracts_register/published.csv",
        "contracts_register/by_hand.csv",
        "rounds_contracts/contracts.csv",
    ],
)
def test_five_contracts(home: Path, export: str) -> None:
    [outcome] = load(home, EXPORTS / export)
    assert outcome.profile == Path(export).parent.name
    columns = "contract, replace(title, chr(10), ' '), vendor, category, start, \"end\""
    latest = f"{columns}, row_number() OVER (PARTITION BY contract ORDER BY revision DESC) AS place"
    found = facts(home, "contracts", latest)
    assert [row[:6] for row in found if row[6] == 1] == TERMS


@pytest.mark.parametrize(
    ("export", "ceilings"),
    [
        # 1102: 100,000 less what revision 1 takes away; 1103: its first revisions are not there.
        ("chicago_contracts/Contracts.csv", ["252000", "90000", None, "1200000", "40000"]),
        ("contracts_register/published.csv", ["252000", "90000", None, "1200000", "40000"]),
        ("contracts_register/by_hand.csv", ["252000", "90000", None, "1200000", "40000"]),
    ],
)
def test_ceilings(home: Path, export: str, ceilings: list[str | None]) -> None:
    load(home, EXPORTS / export)
    found = facts(home, "contracts", "contract, revision, ceiling")
    assert list({row[0]: row[2] for row in found}.values()) == ceilings


def test_notice_and_renewal_of_a_register_kept_by_hand(home: Path) -> None:
    load(home, EXPORTS / "contracts_register" / "by_hand.csv")
    columns = "contract, kind, status, notice_days, notice_months, auto_renew, "
    columns += "renewal_months, escalator, escalator_index"
    assert facts(home, "contracts", columns) == [
        ("1101", "vendor", "active", 90, None, True, 12, "3", None),  # its end says "(auto)"
        ("1102", "vendor", "active", 92, 3, False, 12, None, "CPI"),  # 31 October to 31 January
        ("1103", "vendor", "expired", None, None, False, None, None, None),
        ("1104", "lease", "active", 182, 6, True, 60, "2.5", None),  # 30 September to 31 March
        ("1105", "vendor", "active", 30, None, False, None, None, None),
    ]


def test_contracts_without_an_end_roll_on(home: Path) -> None:
    [outcome] = load(home, EXPORTS / "contracts_register" / "rolling.csv")
    columns = 'contract, "end", notice_days, notice_unit, auto_renew, annual_value'
    # A month before no date has no number of days.
    assert facts(home, "contracts", columns) == [
        ("Linen", None, 60, "days", True, "12000"),
        ("Scanner", date(2050, 12, 31), 30, "business days", None, "70000"),
        ("Water coolers", None, None, "days", True, "900"),
    ]
    assert outcome.loaded is not None
    assert outcome.loaded.quarantined == 0


def test_contracts_without_competition(home: Path) -> None:
    [outcome] = load(home, EXPORTS / "toronto_noncompetitive")
    assert facts(home, "contracts", "contract, vendor, executed, ceiling, currency") == [
        ("8614/1", "Brightway Cleaning", date(2026, 7, 29), "67896.4", "CAD"),
        ("8716/2", "Upward Lifts", date(2026, 3, 31), "1113110.7", "CAD"),
        ("8716/3", "Babel Partners", date(2026, 3, 31), "225000", "USD"),
    ]
    assert outcome.as_json()["money"]["accepted"] == "1406007.1000"


@pytest.mark.parametrize(
    ("export", "said"),
    [
        ("solicitations", "lists solicitations, which are no contracts yet: "),
        ("vendor_list", "lists vendors and their addresses, and neither contracts nor payments. "),
    ],
)
def test_what_is_known_and_yet_not_loaded(home: Path, export: str, said: str) -> None:
    [outcome] = load(home, EXPORTS / export)
    assert outcome.status == "refused"
    assert outcome.problem is not None
    assert said in outcome.problem


def test_every_profile_of_these_feeds_is_tried_here() -> None:
    here = Path(__file__).read_text(encoding="utf-8")
    shipped = {p.name for p in known_profiles().values() if {"spend", "contracts"} & {*p.feeds}}
    assert {name for name in shipped - ELSEWHERE if f'"{name}' not in here} == set()


def test_a_checkbook_of_all_months_so_far_replaces_those_before(home: Path) -> None:
    """Lines (month, count): the second file repeats both months, adds one, and corrects none away.

    Its single line of July is a stray: July's own file, loaded before, must stay.
    """
    head = "Vendor,Payment date,Department,Fund,Amount\n"

    def lines(*months: tuple[int, int]) -> str:
        return head + "".join(
            f"Brightway,2026-{month:02}-15,Facilities,General,{10 * month}\n"
            for month, count in months
            for _ in range(count)
        )

    for name, text in {
        "elmwood july.csv": lines((7, 12)),
        "elmwood august and september.csv": lines((8, 12), (9, 8)),
        "elmwood to october.csv": lines((7, 1), (8, 12), (9, 12), (10, 12)),
    }.items():
        assert load_text(home, text, name).status == "loaded"
    columns = "month(date), count(*), sum(amount)"
    months = facts(home, "spend", columns, "superseded_in IS NULL GROUP BY 1")
    assert months == [(7, 13, "910"), (8, 12, "960"), (9, 12, "1080"), (10, 12, "1200")]
