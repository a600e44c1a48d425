"""Measures without a page of their own stand where they belong, and lead to their parts."""

from __future__ import annotations

from pathlib import Path

from tests.dashboard import small
from tests.dashboard.opening import opened

FEEDBACK = """\
site,date,kind,received,due,on_time
OAK,2026-10-01,complaint,5,4,3
OAK,2025-10-01,complaint,2,2,2
"""
REMITS = """\
site,contract,month,payer,charged,allowed,paid,denied,currency
OAK,P-1,2026-10-01,Bluefield,1000,500,400,100,USD
OAK,P-2,2026-10-01,Statewide,1000,500,300,0,USD
"""


def test_complaints_stand_with_the_sites(home: Path) -> None:
    small.load_all(home, {"sites.csv": small.SITES, "feedback.csv": FEEDBACK})
    rows = opened("site", month="Oct 2026").cells("Complaints and records")
    told = {row[0]["text"]: [cell["text"] for cell in row[1:]] for row in rows}
    assert told["Complaints"] == ["5", "2"]
    assert told["Complaints answered on time"] == ["75.0\u202f%", "100.0\u202f%"]  # 3 of 4, 2 of 2


def test_payers_stand_with_the_contracts(home: Path) -> None:
    """400 and 300 of twice 500 allowed are 70 %, the ratio of the sums."""
    texts = {"sites.csv": small.SITES, "remits.csv": REMITS, "invoices.csv": INVOICES}
    small.load_all(home, texts)
    rows = opened("contracts", month="Oct 2026").cells("What payers pay")
    told = {row[0]["text"]: row[1]["text"] for row in rows}
    assert told["Paid of what is allowed"] == "70.0\u202f%"
    assert told["Yield of charges"] == "35.0\u202f%"
    [name] = [row[0] for row in rows if row[0]["text"] == "Paid of what is allowed"]
    assert "rows=payer" in name["href"]


INVOICES = """\
site,document,line,date,account,supplier,amount,currency
OAK,B-1,1,2026-10-05,contracts,Brightway,12000,USD
"""
