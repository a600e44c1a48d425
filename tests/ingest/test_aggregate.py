"""Appointments become counts of a site's day; no column about a patient is kept."""

from __future__ import annotations

from pathlib import Path

from tests.ingest.test_privacy import found_in
from tests.loading import EXPORTS, facts, load, rounds

SAMPLE = EXPORTS / "athena_appointments" / "appointments.csv"


def test_appointments_are_counted_and_the_patients_discarded(home: Path) -> None:
    result = rounds("ingest", SAMPLE)
    assert result.exit_code == 0
    assert facts(home, "volume", "site, date::VARCHAR, measure, count") == [
        ("ELM", "2026-10-05", "no_shows", "1"),
        ("ELM", "2026-10-05", "scheduled", "1"),
        ("ELM", "2026-10-05", "scheduled", "2"),
        ("ELM", "2026-10-05", "visits", "2"),
        ("ELM", "2026-10-06", "cancelled", "1"),
        ("OAK", "2026-10-05", "scheduled", "1"),
        ("OAK", "2026-10-05", "visits", "1"),
    ]
    told = ("Thistlewood", "Barnaby", "Marchbanks", "1941-03-14", "88412907", "P-5501", "A-9001")
    assert found_in(home, *told, "Cough", "Dr Hale") == []


def test_every_appointment_is_accounted_for(home: Path) -> None:
    text = SAMPLE.read_text(encoding="utf-8").replace("2026-10-05,09:20", "soon,09:20")
    path = home.parent / "appointments.csv"
    path.write_text(text, encoding="utf-8")
    [outcome] = load(home, path)
    assert outcome.loaded is not None
    counts = outcome.loaded
    assert (counts.records, counts.accepted, counts.quarantined) == (5, 4, 1)
    visits = facts(home, "volume", "sum(count)", "measure = 'visits' AND site = 'ELM'")
    assert visits == [("1",)]
    assert found_in(home, "Barnaby", "88412911", "Okonjo", "A-9002") == []
