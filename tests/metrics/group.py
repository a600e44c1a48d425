# ruff: noqa: E501 - tables are read by the line.
"""Six sites over fifteen months, January 2025 to March 2026, in numbers written by hand.

ELM  clinic, paid twice a month; its first half of November 2025 is restated by the second batch
OAK  clinic, paid every two weeks, so pay periods span month ends; stops counting its stock
PIN  urgent care, opened 16 June 2025; its agency staff come by invoice only
RIV  nursing home with payroll, agency timesheets, agency invoices and a staffing return; the
     payroll of August 2025 is missing, that of October 2025 with its timesheets too
LAK  nursing home of which only the staffing return is known: hours without pay
TOR  clinic that pays in Canadian dollars
XXX  a code that no register knows
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from tests.metrics.conftest import table

MONTHS = [date(2025 + i // 12, i % 12 + 1, 1) for i in range(15)]
Row = dict[str, Any]

SITES = """
site name              kind         region opened     beds codes
ELM  Elmwood+Clinic    Clinic       North  2019-04-01 .    rounds=E-1
OAK  Oakdale+Clinic    Clinic       South  2012-01-01 .    .
PIN  Pinecrest+Urgent  Urgent+care  North  2025-06-16 .    .
RIV  Riverside+Home    Nursing+home South  2001-05-01 60   .
LAK  Lakeside+Home     Nursing+home North  2003-09-01 48   .
TOR  Toronto+Clinic    Clinic       Canada 2016-02-01 .    .
"""

VISITS = {
    "ELM": "412 398 430 421 440 433 380 371 425 452 431 402 418 405 441",
    "OAK": "300 287 310 305 322 298 276 281 309 331 317 290 302 296 315",
    "PIN": "0 0 0 0 0 96 204 221 233 240 251 262 259 248 270",
    "TOR": "210 204 219 223 231 218 190 188 214 226 217 201 209 203 222",
}
RESIDENT_DAYS = {
    "RIV": "1736 1568 1705 1680 1767 1710 1736 1767 1680 1736 1650 1705 1736 1540 1705",
    "LAK": "1364 1232 1395 1320 1364 1350 1395 1364 1320 1333 1290 1364 1395 1260 1364",
}
ELM_PAY = """
role              pay_class hours   amount    employer_cost
RN                regular   301.50  12060.33  922.61
RN                overtime  18.25   1095.07   .
RN                leave     22.00   880.00    .
Medical+assistant regular   410.75  8215.49   628.48
Medical+assistant overtime  9.50    285.11    .
Medical+assistant bonus     .       250.00    .
"""
RIV_PAY = """
role        pay_class   hours   amount    kind
RN          regular     720.00  30960.00  employee
CNA         regular     2210.00 42432.10  employee
CNA         overtime    120.00  3456.05   employee
CNA         double_time 6.00    230.44    employee
Dietary     regular     300.00  5100.00   contract
"""
RETURN = """
role  kind     hours
RN    employee 705.25
CNA   employee 2190.75
CNA   contract 161.00
"""
BUDGETED = {"ELM": 46000, "OAK": 15000, "PIN": 21000, "RIV": 90000, "TOR": 30000}

ASSETS = """
site asset name       risk   acquired   useful_life replacement_cost warranty_end status
ELM  A-1   Autoclave  high   2016-03-31 10          23900.00         2026-06-29   in+use
ELM  A-2   Scales     low    2021-05-02 4.5         1150.50          2026-06-30   in+use
RIV  A-3   Hoist      high   2025-09-10 12          8400.00          2025-12-31   .
RIV  A-4   Boiler     medium .          20          61000.00         .            in+use
RIV  A-5   Old+hoist  high   2009-09-10 12          8000.00          2012-12-31   retired
TOR  A-6   Autoclave  high   2014-01-01 12          31000.00         .            stored
"""
POSITIONS = """
site as_of      role budgeted filled
ELM  2025-10-31 RN   4.5      4.5
ELM  2025-10-31 MA   6.0      6.0
ELM  2025-11-30 RN   4.5      3.0
ELM  2025-11-30 MA   6.0      6.0
RIV  2025-06-30 CNA  30.0     24.5
RIV  2026-03-31 CNA  30.0     28.0
RIV  2026-03-31 RN   8.0      7.2
"""
FEEDBACK = """
site date       kind           received due on_time
ELM  2025-01-01 complaint      3        2   2
ELM  2025-01-01 compliment     9        .   .
ELM  2025-01-01 record_request 12       10  9
OAK  2025-01-14 complaint      1        1   0
OAK  2025-01-29 complaint      2        .   .
OAK  2025-03-02 record_request 5        5   5
RIV  2025-08-01 complaint      4        3   1
XXX  2025-08-01 complaint      1        1   1
TOR  2026-03-01 complaint      2        2   2
"""
REMITS = """
site contract month      payer   charged  allowed  paid     denied  claims_submitted claims_denied capitation member_months receivables receivables_over_90 currency
ELM  P-1      2025-01-01 Harbor  41200.10 26800.00 25100.05 2140.00 312              17            .          .             38800.00    5100.00             .
ELM  P-2      2025-01-01 Mutual  10000.00 6000.00  5900.00  .       90               2             6400.00    290           9000.00     100.00              .
ELM  P-1      2026-03-01 Harbor  43000.00 28000.00 24000.00 4300.00 320              30            .          .             41000.00    9000.00             .
OAK  P-1      2025-02-01 Harbor  8000.00  5000.00  4750.50  100.00  60               1             .          .             7000.00     0.00                .
TOR  P-9      2025-02-01 Ontario 5000.00  .        5000.00  0.00    50               0             .          .             .           .                   CAD
"""
LEDGER = """
site account month      amount    currency
ELM  6000    2025-01-01 15200.10  .
ELM  6200    2025-01-01 480.00    .
ELM  6000    2025-11-01 27400.55  .
OAK  6200    2025-11-01 -35.25    .
RIV  6000    2026-03-01 98000.00  .
XXX  6400    2025-11-01 61.00     .
TOR  6200    2026-03-01 900.00    CAD
"""
PURCHASES = """
site order line revision ordered_on promised   received_on item quantity received invoiced unit_price currency
ELM  PO-1  1    .        2025-01-05 2025-01-20 2025-01-19  GLV  100      100      100      7.90       .
ELM  PO-1  2    .        2025-01-05 2025-01-20 2025-01-22  SYR  500      500      400      0.35       .
ELM  PO-2  1    0        2025-02-01 2025-02-10 .           GLV  50       .        .        8.00       .
ELM  PO-2  1    1        2025-02-01 2025-02-15 2025-02-15  GLV  80       60       60       8.00       .
RIV  PO-3  1    .        2025-03-30 2025-04-30 2025-05-04  MSK  40       44       44       12.25      .
RIV  PO-4  1    .        2026-03-10 2026-06-30 .           MSK  10       .        .        12.50      .
TOR  PO-5  1    .        2026-03-01 2026-03-09 2026-03-12  GLV  20       20       .        9.90       CAD
OAK  PO-6  1    .        2025-07-01 .          .           GLV  5        .        .        .          .
"""
WORK_ORDERS = """
work_order site kind    asset created          due              completed        cancelled  status
W-01       ELM  repair  A-1   2025-01-03+09:00 2025-01-10+17:00 2025-01-09+12:00 .          complete
W-02       ELM  repair  A-2   2025-01-20+10:30 2025-02-03+17:00 2025-02-14+08:00 .          complete
W-03       ELM  repair  .     2025-02-11+11:00 .                .                .          open
W-04       OAK  repair  .     2025-02-27+15:45 2025-03-06+17:00 2025-03-31+23:30 .          complete
W-05       OAK  repair  .     2025-03-31+23:59 2025-04-07+17:00 2025-04-01+00:05 .          complete
W-06       RIV  repair  A-3   2025-04-15+07:00 2025-04-18+17:00 .                2025-06-02 cancelled
W-07       RIV  repair  A-4   2025-05-05+07:00 2025-05-31+17:00 2025-07-20+16:00 .          complete
W-08       RIV  repair  .     2025-08-01+07:00 2025-08-31+17:00 .                .          open
W-09       ELM  repair  .     2025-09-12+09:10 2025-09-30+17:00 2025-10-01+09:00 .          complete
W-10       XXX  repair  .     2025-10-10+10:00 2025-10-20+17:00 .                .          open
W-11       TOR  repair  .     2025-11-03+08:00 2025-11-10+17:00 2025-11-08+10:00 .          complete
W-12       OAK  repair  .     2026-01-15+08:00 2026-01-31+17:00 .                .          open
W-13       RIV  repair  A-3   2026-02-02+08:00 2026-02-09+17:00 .                .          open
W-14       ELM  repair  .     2026-03-20+08:00 2026-04-03+17:00 .                .          open
W-15       ELM  repair  .     2025-06-01+08:00 .                .                .          complete
P-01       ELM  planned A-1   2025-01-01+00:00 2025-01-31+17:00 2025-01-31+20:00 .          complete
P-02       ELM  planned A-1   2025-04-01+00:00 2025-04-30+17:00 2025-05-02+09:00 .          complete
P-03       ELM  planned A-2   2025-03-25+00:00 2025-04-30+17:00 2025-03-29+09:00 .          complete
P-04       RIV  planned A-3   2025-04-01+00:00 2025-04-15+17:00 .                .          open
P-05       RIV  planned A-4   2025-06-01+00:00 2025-06-30+17:00 2025-06-10+09:00 .          complete
P-06       RIV  planned A-3   2025-06-01+00:00 2025-06-30+17:00 .                2025-06-20 cancelled
P-07       RIV  planned A-3   2025-09-01+00:00 2025-09-15+17:00 2025-09-15+17:30 .          complete
P-08       OAK  planned .     2026-02-01+00:00 2026-02-27+17:00 2026-02-27+09:00 .          complete
P-09       ELM  planned A-1   2026-02-01+00:00 2026-02-28+17:00 2026-03-05+09:00 .          complete
P-10       ELM  planned A-1   2026-03-01+00:00 2026-06-30+17:00 .                .          open
"""
CONTRACTS = """
site contract revision title         vendor    category start      end        notice_days auto_renew annual_value ceiling status currency escalator
ELM  C-1      0        Cleaning      Brightway Cleaning 2024-04-01 2026-03-31 60          yes        24000.00     48000.00 active . 2.5
ELM  C-1      1        Cleaning      Brightway Cleaning 2024-04-01 2026-03-31 90          yes        26400.00     52800.00 active . 3.0
OAK  C-2      0        Copiers       Printwell Office   2025-01-01 2025-12-31 31          no         3600.50      4000.00  active . 1.5
RIV  C-3      0        Laundry       Freshline Laundry  2025-03-01 2027-02-28 120         yes        31200.00     .        active . 2.25
RIV  C-4      0        Old+laundry   Freshline Laundry  2023-03-01 2026-02-28 30          no         30000.00     90000.00 terminated . 9.0
.    C-5      0        Software      Carelogic IT       2025-01-01 2027-12-31 180         yes        60000.00     180000.00 active . .
PIN  C-6      0        Waste         Cleanaway Waste    2025-06-16 2026-06-30 90          yes        4800.00      5000.00  active . 0.0
TOR  C-7      0        Nettoyage     Propre    Cleaning 2025-02-01 2026-05-31 60          no         18000.00     24000.00 active CAD 2.0
"""
SECOND_CONTRACTS = """
site contract revision title   vendor    category start      end        notice_days auto_renew annual_value ceiling status
OAK  C-2      1        Copiers Printwell Office   2025-01-01 2026-12-31 31          no         3900.50      8000.00 active
"""


def numbers(text: str) -> list[int]:
    return [int(word) for word in text.split()]


def last(month: date) -> date:
    return month.replace(day=monthrange(month.year, month.month)[1])


def volume() -> Iterator[Row]:
    for site, text in VISITS.items():
        for month, count in zip(MONTHS, numbers(text), strict=True):
            opening = site == "PIN" and month == date(2025, 6, 1)
            days = (20, 28) if opening else (5, 14, 23, 28)
            for day in days if count else ():
                rest = count - count // len(days) * (len(days) - 1)
                share = rest if day == 28 else count // len(days)
                yield {"site": site, "date": month.replace(day=day), "measure": "visits",
                       "count": share}  # fmt: skip
    for site, text in RESIDENT_DAYS.items():
        for month, count in zip(MONTHS, numbers(text), strict=True):
            yield {"site": site, "date": month, "grain": "month", "measure": "resident_days",
                   "count": count}  # fmt: skip
    yield {"site": "XXX", "date": date(2025, 3, 10), "measure": "visits", "count": 7}


def labor() -> Iterator[Row]:
    for i, month in enumerate(MONTHS):
        halves = ((month, month.replace(day=15)), (month.replace(day=16), last(month)))
        for start, stop in halves:
            span = {"period_start": start, "period_end": stop, "company": "GRP"}
            for row in table(ELM_PAY):
                more = i if row["pay_class"] == "overtime" else 0
                hours = float(row["hours"]) + more if row["hours"] else ""
                yield {"site": "ELM", **span, **row, "hours": hours}
            if stop >= date(2025, 6, 16):
                yield {"site": "PIN", **span, "role": "RN", "hours": 190 + i, "amount": 8000 + i,
                       "period_start": max(start, date(2025, 6, 16))}  # fmt: skip
        whole = {"period_start": month, "period_end": last(month)}
        if month not in (date(2025, 8, 1), date(2025, 10, 1)):
            for row in table(RIV_PAY):
                yield {"site": "RIV", **whole, **row}
        if month.month in (3, 7, 8, 9):
            yield {"site": "RIV", **whole, "role": "CNA", "kind": "agency", "hours": 160 + i,
                   "amount": 6400 + 40 * i}  # fmt: skip
        for site in ("RIV", "LAK"):
            for row in table(RETURN):
                yield {"site": site, **whole, **row, "basis": "return"}
        yield {"site": "TOR", **whole, "role": "RN", "hours": 480 + 2 * i, "amount": 21000 + 7 * i,
               "currency": "CAD"}  # fmt: skip
    start = date(2025, 1, 1)
    for n in range(33):
        stop = start + timedelta(13)
        yield {"site": "OAK", "period_start": start, "period_end": stop, "role": "RN",
               "hours": 150.25, "amount": f"{6000 + n}.{n % 100:02}", "employer_cost": "459.01"}  # fmt: skip
        start = stop + timedelta(1)
    yield {"site": "XXX", "period_start": date(2025, 3, 1), "period_end": date(2025, 3, 31),
           "role": "RN", "hours": 40, "amount": 1600}  # fmt: skip


def supply_moves() -> Iterator[Row]:
    number = 0
    for i, month in enumerate(MONTHS):
        for site, currency, size in (("ELM", "", 3), ("OAK", "", 2), ("RIV", "", 8),
                                     ("TOR", "CAD", 2)):  # fmt: skip
            for day, kind, item, cost in (
                (3, "receipt", "GLV", f"{7 + i / 10:.2f}"),
                (4, "issue", "GLV", f"{7 + i / 10:.2f}"),
                (11, "issue", "SYR", "0.35"),
                (18, "issue", "GLV", f"{7 + i / 10:.2f}"),
                (20, "adjustment", "SYR", "0.35"),
                (25, "waste", "SYR", "0.35"),
                (27, "issue", "MSK", ""),
            ):
                number += 1
                quantity = size * (30 if kind == "receipt" else 10 + day % 4 + i)
                yield {"site": site, "date": month.replace(day=day), "reference": f"T-{number}",
                       "item": item, "category": "Gloves" if item == "GLV" else "Other",
                       "kind": kind, "quantity": quantity, "unit_cost": cost,
                       "currency": currency}  # fmt: skip


def stock() -> Iterator[Row]:
    for i, month in enumerate(MONTHS):
        for site, currency, cost in (("ELM", "", "7.50"), ("OAK", "", "7.40"), ("RIV", "", ""),
                                     ("TOR", "CAD", "9.90")):  # fmt: skip
            if site == "OAK" and month > date(2025, 10, 1):
                continue
            base = {"site": site, "as_of": last(month), "currency": currency}
            yield {**base, "item": "GLV", "lot": "L1", "expiry": "2025-09-30", "minimum": 60,
                   "quantity": 30 + i, "unit_cost": cost}  # fmt: skip
            yield {**base, "item": "GLV", "lot": "L2", "expiry": "2027-09-30", "minimum": 60,
                   "quantity": 40 - 2 * i, "unit_cost": cost}  # fmt: skip
            yield {**base, "item": "SYR", "quantity": 900, "minimum": 500, "unit_cost": "0.35"}
            yield {**base, "item": "MSK", "quantity": 25, "unit_cost": ""}


def spend() -> Iterator[Row]:
    for i, month in enumerate(MONTHS):
        for site, account, supplier, contract, amount in (
            ("ELM", "contracts", "Brightway", "C-1", "2150.40"),
            ("OAK", "contracts", "Printwell", "C-2", "310.05"),
            ("OAK", "contracts", "Brightway", "C-5", "99.95"),
            ("RIV", "contracts", "Freshline", "C-3", "2600.00"),
            ("RIV", "contracts", "Freshline", "C-4", "12.00"),
            ("ELM", "facilities", "Handyman", "", f"{180 + 11 * i}.75"),
            ("RIV", "staffing", "StaffNow", "", f"{6400 + 40 * i}"),
            ("TOR", "contracts", "Propre", "C-7", "1490.10"),
            ("", "contracts", "Carelogic", "C-5", "5000.00"),
            ("ELM", "supplies", "Northline", "", "700.00"),
            ("XXX", "9999", "Nobody", "", "33.33"),
        ):
            if (site, account) == ("RIV", "staffing") and month.month not in (3, 7, 8, 9):
                continue
            yield {"site": site, "document": f"{supplier}-{site}-{i}-{contract}", "line": 1,
                   "date": month.replace(day=19), "account": account, "supplier": supplier,
                   "contract": contract, "amount": amount,
                   "currency": "CAD" if site == "TOR" else ""}  # fmt: skip
        if month >= date(2025, 7, 1):
            yield {"site": "PIN", "document": f"S-{i}", "line": 1, "date": month.replace(day=28),
                   "account": "staffing", "supplier": "StaffNow", "amount": f"{2100 + i}.10"}  # fmt: skip
            yield {"site": "PIN", "document": f"S-{i}", "line": 2, "date": month.replace(day=28),
                   "account": "staffing", "supplier": "StaffNow", "amount": "-100.00"}  # fmt: skip


def budget() -> Iterator[Row]:
    for i, month in enumerate(MONTHS):
        for site, amount in BUDGETED.items():
            currency = "CAD" if site == "TOR" else ""
            parts = {"staffing": amount + i, "supplies": 400 + i, "contracts": 2500}
            for account, part in parts.items():
                yield {"site": site, "version": f"FY{month.year}", "account": account,
                       "month": month, "amount": part, "currency": currency}  # fmt: skip


def first_batch() -> dict[str, list[Row]]:
    """Every feed as it first arrives, in the order in which feeds are read."""
    return {
        "sites": table(SITES),
        "labor": list(labor()),
        "volume": list(volume()),
        "supply_moves": list(supply_moves()),
        "stock": list(stock()),
        "assets": table(ASSETS),
        "work_orders": table(WORK_ORDERS),
        "contracts": table(CONTRACTS),
        "spend": list(spend()),
        "budget": list(budget()),
        "positions": table(POSITIONS),
        "feedback": table(FEEDBACK),
        "remits": table(REMITS),
        "ledger": table(LEDGER),
        "purchases": table(PURCHASES),
    }


def second_batch() -> dict[str, list[Row]]:
    """What arrives later: pay restated, an order closed, a revision, a credit, a new price."""
    first = first_batch()
    half = {"site": "ELM", "company": "GRP", "period_start": date(2025, 11, 1),
            "period_end": date(2025, 11, 15)}  # fmt: skip
    pay = [
        {**half, **row, "amount": "13000.01" if row["hours"] == "301.50" else row["amount"]}
        for row in table(ELM_PAY)
    ]
    closed = next(row for row in first["work_orders"] if row["work_order"] == "W-08")
    count = [row for row in first["stock"] if row["as_of"] == date(2026, 3, 31)]
    return {
        "labor": pay,
        "volume": [{"site": "OAK", "date": date(2026, 3, day), "measure": "visits", "count": 80}
                   for day in (5, 14, 23, 28)],
        "supply_moves": [{"site": "RIV", "date": date(2025, 12, 28), "reference": "T-late",
                          "item": "GLV", "category": "Gloves", "kind": "issue", "quantity": 11,
                          "unit_cost": "9.99"}],
        "stock": [{**row, "quantity": int(row["quantity"]) + 5} for row in count],
        "work_orders": [{**closed, "completed": "2025-09-02 10:00", "status": "complete"}],
        "contracts": table(SECOND_CONTRACTS),
        "spend": [{"site": "ELM", "document": "Brightway-ELM-11-C-1", "line": 2,
                   "date": date(2025, 12, 30), "account": "contracts", "supplier": "Brightway",
                   "contract": "C-1", "amount": "-150.40"}],
        "budget": [{"site": "RIV", "version": "FY2026 revised", "account": "staffing",
                    "month": month, "amount": 95000} for month in MONTHS[12:]],
    }  # fmt: skip


def final_rows() -> dict[str, list[Row]]:
    """What stands after both batches, by the feeds' rules, worked out by hand."""
    rows, later = first_batch(), second_batch()
    late = (date(2025, 11, 1), date(2025, 11, 15))
    rows["labor"] = [
        r for r in rows["labor"]
        if r["site"] != "ELM" or (r["period_start"], r["period_end"]) != late
    ] + later["labor"]  # fmt: skip
    rows["volume"] = [
        r for r in rows["volume"]
        if (r["site"], r["measure"]) != ("OAK", "visits") or r["date"] < date(2026, 3, 1)
    ] + later["volume"]  # fmt: skip
    rows["stock"] = [r for r in rows["stock"] if r["as_of"] < date(2026, 3, 31)] + later["stock"]
    rows["work_orders"] = [
        r for r in rows["work_orders"] if r["work_order"] != "W-08"
    ] + later["work_orders"]  # fmt: skip
    rows["budget"] = [
        r for r in rows["budget"]
        if (r["site"], r["account"]) != ("RIV", "staffing") or r["month"].year < 2026
    ] + later["budget"]  # fmt: skip
    for feed in ("supply_moves", "contracts", "spend"):
        rows[feed] = rows[feed] + later[feed]
    return rows
