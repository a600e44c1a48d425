"""Identifiers in running text are replaced by their kind, look-alikes are left."""

from __future__ import annotations

import re
from itertools import pairwise

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipelines.ingest.persons import HERE, TITLES
from pipelines.ingest.scan import HINT, RULES, finds, may_hold, redacted

IDENTIFYING = [
    ("SSN 123-45-6789 refund", "SSN [ssn] refund"),
    ("ssn: 123456789", "ssn: [ssn]"),
    ("refund 123456789 twice", "refund [ssn] twice"),
    ("call 555-123-4567", "call 555-123-4567".replace("555-123-4567", "[phone]")),
    ("call (555) 223-4567 or 212.555.0199", "call [phone] or [phone]"),
    ("fax +44 20 7946 0958", "fax [phone]"),
    ("tel 020 7946 0958", "tel [phone]"),
    ("write a.b+c@d-e.org", "write [e-mail]"),
    ("see https://x.example/z?a=1 and www.x.example/y", "see [url] and [url]"),
    ("host 10.0.0.12 and fe80::1ff:fe23:4567:890a", "host [ip] and [ip]"),
    ("MRN 12345", "MRN [mrn]"),
    ("chart #8812", "chart #[mrn]"),
    ("DOB 01/02/1950, born 3 Jan 1950", "DOB [birth], born [birth]"),
    ("admitted 03/04/2026", "admitted [date]"),
    ("age 94 and a 91-year-old", "age [age] and a [age]-year-old"),
    ("Mr Smith rm 204 bed rail", "Mr [name] rm 204 bed rail"),
    ("MR SMITH ROOM 204", "MR [name] ROOM 204"),
    ("mr smith bed", "mr [name] bed"),
    ("pt John Doe fell", "pt [name] fell"),
    ("patient: Xyzzy Plugh", "patient: [name]"),
    ("refund patient DOE, JANE acct 00123456", "refund patient [name] acct [account]"),
    ("1EG4-TE5-MK73", "[health id]"),
    ("NHS number 943 476 5919", "NHS number [health id]"),
    ("member id W1234567", "member id [health id]"),
    ("card 4111 1111 1111 1111", "card [card]"),
    ("GB82 WEST 1234 5698 7654 32", "[iban]"),
    ("license no. D1234567", "license no. [licence]"),
    ("VIN 1HGCM82633A004352, plate ABC-1234", "VIN [vehicle], plate [vehicle]"),
    ("patient pacemaker serial no SN-99182", "patient pacemaker serial no [serial]"),
    ("patient lives at 12 Elm Street, Springfield 62704", "patient lives at [address]"),
    ("Encounter 77812345", "Encounter [mrn]"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "left"), IDENTIFYING)
def test_what_identifies_goes(text: str, left: str) -> None:
    assert redacted(text) == left


@pytest.mark.parametrize("text", [
    "Dishwasher leaks", "Repair door at 12 Elm Street", "Autoclave serial SN-99182",
    "invoice 123456789", "PO #450012345", "Contract 2021-123-4567 for the roof", "time 10:23:44",
    "000-12-3456 and 666-12-3456 and 900-12-3456", "version 2.1.0.4", "999.1.1.1", "Room 12 bed 3",
    "Patient lift broken", "Patient Monitors x4", "Resident room 3 TV", "pt needs sling",
    "Account 6210 reclass", "Insurance 2021", "MS Office licence", "Prof Services", "age 45",
    "card 4111 1111 1111 1112", "GB82 WEST 1234 5698 7654 33", "1HGCM82633A004353 X",
    "Service call 24 hours 2023", "Services for St. John Hospital", "10:30-11:45 daily",
    "2026-10-05 to 2026-10-31", "Spend 1,234,567.89", "Cleaning, clinics north",
])  # fmt: skip
def test_look_alikes_stay(text: str) -> None:
    assert redacted(text) == text


def test_finds_do_not_overlap_and_are_in_order() -> None:
    found = finds("Mrs Smith, SSN 123-45-6789, a@b.org, call (555) 223-4567")
    assert [f.kind for f in found] == ["name", "ssn", "e-mail", "phone"]
    assert all(a.stop <= b.start for a, b in pairwise(found))


@pytest.mark.parametrize("text", [
    "123-45-6789", "123 45 6789", "(555) 223-4567", "212.555.0199", "+44 20 7946 0958",
    "020 7946 0958", "a@b.org", "ftp://x.example", "www.x.example", "10.0.0.1", "1EG4TE5MK73",
    "4111111111111111", "4111-1111-1111-1111", "GB82WEST12345698765432", "1HGCM82633A004352",
    "943 476 5919", "fe80::1ff:fe23:4567:890a",
])  # fmt: skip
def test_the_hint_lets_no_form_pass(text: str) -> None:
    """What polars is asked first must be true wherever a rule finds a form by itself."""
    assert any(r.pattern.search(text) for r in RULES if not r.labelled)
    assert re.search(HINT, text)
    assert finds(text)


def words(name: str) -> list[str]:
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    return [word for line in lines if not line.startswith("#") for word in line.split()]


PIECES = st.one_of(
    st.sampled_from([piece for text, _ in IDENTIFYING for piece in (text, *text.split())]),
    st.sampled_from(words("given_names.txt")),
    st.sampled_from(words("surnames.txt")),
    st.sampled_from(sorted(TITLES)),
    st.from_regex(r"[0-9]{1,10}", fullmatch=True),
    st.text(max_size=6),
)
CASED = st.tuples(PIECES, st.sampled_from([str, str.title, str.lower, str.upper])).map(
    lambda each: each[1](each[0])
)
JOINED = st.lists(st.tuples(CASED, st.sampled_from([" ", ", ", "-", ".", "_", "", ": ", "\n"])))


@given(JOINED.map(lambda pairs: "".join(piece + sign for piece, sign in pairs)))
@example("12John Smith")
@example("_John Smith")
@example("Mary-Ann Smith")
@example("ssn xxx-xx-xxxx")
@example("Zoë Müller")
@example("Dr\tWho")
def test_no_text_in_which_something_is_found_is_passed_over(text: str) -> None:
    if finds(text):
        assert may_hold(pl.Series([text])).item()


def test_plain_descriptions_are_passed_over() -> None:
    plain = "Repair of dishwasher 482113", "Nitrile gloves, box of 100", "Lift door, floor 12"
    assert not may_hold(pl.Series(plain)).any()
