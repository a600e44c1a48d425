"""Notes about numbers: versions, the guard on their text, and the number that changed since."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from pipelines.calendar import Period, month_span
from pipelines.errors import NotShown, UsageProblem
from pipelines.notes import Note, has_changed, notes, notes_of, versions, withdraw, write
from pipelines.settings import Home
from pipelines.state import What, history
from pipelines.warehouse.limits import Limits
from pipelines.warehouse.reader import open_build
from tests.dashboard import small
from tests.loading import load_text, rounds

OCTOBER = month_span(date(2026, 10, 1))
OAK = {"site": ["OAK"]}


@pytest.fixture
def place(home: Path) -> Home:
    """Two sites; OAK has two issues open at the end of October, one of them high-risk."""
    small.works(home)
    return Home(home)


def noted(place: Home, text: str = "Waits for a part", **more: object) -> Note:
    options: dict[str, object] = {
        "metric": "open_issues", "period": OCTOBER, "where": OAK, "by": "ana", **more
    }  # fmt: skip
    return write(open_build(place), place, text=text, **options).note  # type: ignore[arg-type]


def test_a_note_keeps_the_number_it_was_written_on(place: Home) -> None:
    kept = noted(place, owner="Sam Reed", action="Order it", due=date(2026, 11, 30))
    [found] = notes(place)
    assert found == kept
    assert (found.values, found.load, found.author) == ({"": "2"}, 2, "ana")
    assert (found.owner, found.action, found.due) == ("Sam Reed", "Order it", date(2026, 11, 30))
    assert found.is_of("open_issues", OCTOBER, {"site": ["OAK"], "region": []})
    assert not found.is_of("open_issues", OCTOBER, {})


def test_a_later_version_takes_its_place_and_the_earlier_ones_stay(place: Home) -> None:
    first = noted(place)
    second = noted(place, "The part is here", note=first.note, by="ben")
    assert [(n.text, n.author, n.version) for n in notes(place)] == [("The part is here", "ben", 2)]
    assert [n.text for n in versions(place, first.note)] == ["Waits for a part", "The part is here"]
    withdraw(open_build(place), place, second.note)
    assert notes(place) == []
    assert len(history(place, What.NOTE)) == 3
    with pytest.raises(UsageProblem, match="no such note"):
        withdraw(open_build(place), place, second.note)


def test_a_number_that_a_later_file_moves_has_changed(place: Home) -> None:
    """The leaking autoclave is done on 30 October after all: one issue is open, not two."""
    noted(place)
    noted(place, "Both sites", where={})
    assert [told.changed for told in notes_of(open_build(place), place)] == [False, False]
    text = small.WORKS.replace(
        "high,open,2026-10-21 09:00,2026-10-28 17:00,",
        "high,complete,2026-10-21 09:00,2026-10-28 17:00,2026-10-30 09:00",
    )
    assert load_text(place.root, text, "works-again.csv").status == "loaded"
    rounds("publish")
    both, oak = notes_of(open_build(place), place)
    assert (oak.note.values, oak.now, oak.changed) == ({"": "2"}, {"": "1"}, True)
    assert (both.note.values, both.now, both.changed) == ({"": "3"}, {"": "2"}, True)


def test_a_later_version_keeps_the_number_it_was_first_pinned_to(place: Home) -> None:
    """A word is mended after the number moved from two to one: that it moved is still said."""
    first = noted(place)
    text = small.WORKS.replace(
        "high,open,2026-10-21 09:00,2026-10-28 17:00,",
        "high,complete,2026-10-21 09:00,2026-10-28 17:00,2026-10-30 09:00",
    )
    load_text(place.root, text, "works-again.csv")
    rounds("publish")
    mended = noted(place, "Waits for the part", note=first.note)
    assert (mended.values, mended.build, mended.load) == ({"": "2"}, first.build, first.load)
    [told] = notes_of(open_build(place), place)
    assert (told.note.text, told.now, told.changed) == ("Waits for the part", {"": "1"}, True)
    anew = noted(place, "One is done", note=first.note, repin=True)
    assert (anew.values, anew.load > first.load) == ({"": "1"}, True)
    elsewhere = noted(place, "Of both sites", note=first.note, where={})
    assert elsewhere.values == {"": "2"}  # one at each site: another number, so its own value


def test_a_pack_gets_the_notes_of_its_scope_and_period(place: Home) -> None:
    noted(place, "of Oakdale")
    noted(place, "of the North", where={"region": ["North"]})
    noted(place, "of all", where={})
    noted(place, "of September", period=month_span(date(2026, 9, 1)))

    def texts(where: dict[str, list[str]], period: Period = OCTOBER) -> list[str]:
        found = notes_of(open_build(place), place, where=where, period=period)
        return [told.note.text for told in found]

    assert texts({}) == ["of all", "of the North", "of Oakdale"]
    assert texts({"region": ["North"]}) == ["of the North", "of Oakdale"]
    assert texts({"site": ["ELM"]}) == []
    assert texts({}, month_span(date(2026, 9, 1))) == ["of September"]


@pytest.mark.parametrize(
    ("text", "kept", "masked"),
    [
        ("Refund for John Smith", "Refund for [name]", ("a name",)),
        ("MRN 1234567 waits", "MRN [mrn] waits", ("a medical record number",)),
        ("Call 415-555-0132", "Call [phone]", ("a phone number",)),
        ("SSN 219-09-9999", "SSN [ssn]", ("a social security number",)),
        ("Overtime at Oakdale rose", "Overtime at Oakdale rose", ()),
        ("<b>two</b> nurses\u202e ill", "<b>two</b> nurses ill", ()),
    ],
)
def test_what_may_identify_a_patient_is_masked(
    place: Home, text: str, kept: str, masked: tuple[str, ...]
) -> None:
    found = write(
        open_build(place), place, metric="open_issues", period=OCTOBER, text=text, action=text
    )
    assert (found.note.text, found.note.action, found.masked) == (kept, kept, masked)
    assert text == kept or text.encode() not in (place.root / "state.sqlite").read_bytes()


def test_a_site_named_like_a_person_keeps_its_name(home: Path) -> None:
    small.load_all(home, {"sites.csv": "site,name,kind,region\nJS,John Smith,Clinic,North\n"})
    place = Home(home)
    told = write(
        open_build(place), place, metric="open_issues", period=OCTOBER,
        text="John Smith is the clinic, Mary Jones is a patient",
    )  # fmt: skip
    assert told.note.text == "John Smith is the clinic, [name] is a patient"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"text": " \n"}, "needs a text"),
        ({"text": "x" * 2001}, "at most 2,000 characters"),
        ({"owner": "Sam, 415-555-0132"}, "a name or a post"),
        ({"by": "ana@example.org"}, "author of a note is a name"),
        ({"note": "nobody"}, "no such note"),
        ({"metric": "nothing"}, "no metric nothing"),
        ({"where": {"colour": ["red"]}}, "no dimension colour"),
    ],
)
def test_what_can_t_be_noted_is_one_sentence(
    place: Home, options: dict[str, object], said: str
) -> None:
    with pytest.raises(UsageProblem, match=said):
        noted(place, **{"text": "fine", **options})  # type: ignore[arg-type]
    assert notes(place) == []


def test_values_differ_where_digits_that_count_do() -> None:
    assert not has_changed({"USD": "100"}, {"USD": "100.0000"})
    assert not has_changed({"": "0.1"}, {"": "0.10000000000000001"})
    assert has_changed({"USD": "100.00"}, {"USD": "100.01"})
    assert has_changed({"USD": "100"}, {"USD": "100", "GBP": "1"})
    assert has_changed({"": ""}, {"": "0"})
    assert not has_changed({"": ""}, {})
    assert Decimal("100.00") == Decimal("100")


def test_the_command_writes_lists_and_withdraws(place: Home) -> None:
    days = ("--from", "2026-10-01", "--to", "2026-10-31")
    said = rounds("notes", "write", "open_issues", "John Smith left", *days, "--where", "site=OAK",
                  "--owner", "Sam Reed", "--due", "2026-11-30", "--by", "ana").output  # fmt: skip
    assert "Masked before it was kept: a name." in said
    [found] = json.loads(rounds("notes", "--json").output)["notes"]
    assert found["text"] == "[name] left"
    assert (found["from"], found["where"], found["changed"]) == (
        "2026-10-01", {"site": ["OAK"]}, False,
    )  # fmt: skip
    assert "open_issues, Oct 2026, site OAK" in rounds("notes").output
    assert "Nobody has noted" in rounds("notes", "--where", "site=ELM").output
    rounds("notes", "withdraw", found["note"])
    assert "Nobody has noted" in rounds("notes").output


def test_who_sees_one_site_has_its_notes_alone(place: Home) -> None:
    """Of the group's note, which may tell of any site, they have nothing: not its words, and
    neither a version of their own nor the power to take it back."""
    whole = open_build(place)
    oak = whole.limited(Limits(sites=frozenset({"OAK"})))
    mine, group = noted(place), noted(place, "All sites are late", where={})
    assert [told.note.note for told in notes_of(oak, place)] == [mine.note]
    assert {told.note.note for told in notes_of(whole, place)} == {mine.note, group.note}
    elsewhere: list[dict[str, list[str]]] = [{}, {"site": ["OAK", "ELM"]}, {"site": ["ELM"]}]
    for where in elsewhere:
        with pytest.raises(NotShown, match="your sites"):
            write(oak, place, metric="open_issues", period=OCTOBER, text="Why", where=where)
    with pytest.raises(UsageProblem, match="no such note"):
        write(oak, place, metric="open_issues", period=OCTOBER, text="Not so", where=OAK,
              note=group.note)  # fmt: skip
    with pytest.raises(UsageProblem, match="no such note"):
        withdraw(oak, place, group.note)
    assert [told.note.text for told in notes_of(whole, place) if told.note.note == group.note] == [
        "All sites are late"
    ]
    kept = write(oak, place, metric="open_issues", period=OCTOBER, text="It came", where=OAK,
                 note=mine.note)  # fmt: skip
    assert kept.note.version == 2
