"""Nobody's name is in a file under the home, and workers are keyed pseudonyms everywhere."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl

from pipelines.feeds import FEEDS, Kind
from pipelines.ingest.aside import _marked, safe_cells
from pipelines.ingest.conform import Conformed
from pipelines.ingest.privacy import ROLES, Role, clean_name, guard, pseudonyms
from pipelines.profiles import known_profiles
from tests.loading import EXPORTS, STANDING, facts, load_text, rounds, rows

JOURNAL = EXPORTS / "gusto_journal/payroll-journal.csv"
NAMES = ("Wilhelmina", "Thaddeus", "Quackenbush", "Oglethorpe", "Featherstonehaugh")
PSEUDONYM = re.compile(r"[0-9a-f]{16}")


def stored(home: Path) -> list[tuple[str, bytes]]:
    """Every file under the home but what people dropped into the inbox."""
    files = [p for p in home.rglob("*") if p.is_file() and home / "inbox" not in p.parents]
    return [(str(p.relative_to(home)), p.read_bytes()) for p in files]


def found_in(home: Path, *words: str) -> list[tuple[str, str]]:
    return [
        (name, word)
        for name, data in stored(home)
        for word in words
        if word.encode() in data or word.encode("utf-16-le") in data
    ]


def test_names_of_a_payroll_reach_no_file(home: Path) -> None:
    assert rounds("ingest", JOURNAL).exit_code == 0
    names = [name for name, _ in stored(home)]
    assert any(name.startswith("warehouse/rounds-") for name in names)
    assert "warehouse/record.duckdb" in names
    assert found_in(home, *NAMES) == []
    workers = [w for (w,) in facts(home, "labor", "DISTINCT worker", "true")]
    assert len(workers) == 3
    assert all(PSEUDONYM.fullmatch(worker) for worker in workers)


def test_names_of_records_set_aside_are_masked_wherever_they_stand(home: Path) -> None:
    head, first, second, third, _ = JOURNAL.read_text(encoding="utf-8").splitlines()
    text = "\n".join(
        [
            head,
            first.replace("72.50", "many"),
            # A comma too many moves the names to the right, one too few to the left.
            second.replace("Regular,", "Regular,,", 1),
            third.replace("Regular,", "", 1),
            # A name in the place of a number.
            first.replace("72.50", "Featherstonehaugh"),
            "",
        ]
    )
    path = home.parent / "journal.csv"
    path.write_text(text, encoding="utf-8")
    result = rounds("ingest", path)
    assert result.exit_code == 1
    assert rows(home, "SELECT count(DISTINCT record) FROM quarantine") == [(4,)]
    kept = rows(
        home, "SELECT cells['last_name'], cells['address'] FROM quarantine WHERE record = 2"
    )
    assert [(bool(re.fullmatch("~[0-9a-f]{16}", name)), site) for name, site in kept] == [
        (True, "ELM")
    ]
    assert found_in(home, *NAMES) == []
    assert not any(name in result.output for name in NAMES)


def test_numbers_of_workers_are_stored_as_pseudonyms_of_this_home_only(
    home: Path, tmp_path: Path
) -> None:
    for place in (home, tmp_path / "other"):
        assert rounds("ingest", EXPORTS / "paychex_flex", "--home", place).exit_code == 0
        assert found_in(place, "000417", "000522", "000903") == []
    here, there = (
        {w for (w,) in facts(h, "labor", "worker", "true")} for h in (home, tmp_path / "other")
    )
    assert len(here) == len(there) == 3
    assert not here & there
    assert (home / "secret.key").stat().st_mode & 0o077 == 0


def test_pseudonyms_are_the_same_for_the_same_worker_and_key() -> None:
    workers = pl.Series(["7", "8", None, "7"])
    one, two, none, again = pseudonyms(workers, b"key").to_list()
    assert one == again != two
    assert none is None
    assert pseudonyms(workers, b"other")[0] != one


def test_columns_that_no_profile_names_are_dropped_unread(home: Path) -> None:
    text = (EXPORTS / "paychex_flex/paychex_GRP_2026-10-09.csv").read_text(encoding="utf-8")
    lines = [f"{line},{'SSN' if i == 0 else '987-65-4320'}" for i, line in
             enumerate(text.splitlines())]  # fmt: skip
    outcome = load_text(home, "\n".join(lines) + "\n", "paychex_GRP_2026-10-09.csv")
    assert outcome.status == "loaded"
    assert found_in(home, "987-65-4320") == []


def test_a_list_of_patients_is_refused_with_the_columns_name(home: Path) -> None:
    path = home.parent / "visits.csv"
    path.write_text("Visit,Patient Name,Provider\n1,Wilhelmina Quackenbush,Dr X\n", "utf-8")
    result = rounds("ingest", path)
    assert result.exit_code == 2
    assert "looks like a list of patients (column “Patient Name”) and was not read" in result.output
    assert found_in(home, *NAMES) == []


SPEND = "document,line,date,supplier,description,amount\n"


def told(home: Path, *lines: str) -> tuple[str, ...]:
    outcome = load_text(home, SPEND + "\n".join(lines) + "\n")
    assert outcome.status == "loaded"
    return outcome.notes


def test_a_payee_who_looks_like_a_person_is_a_pseudonym_and_the_money_stays(home: Path) -> None:
    notes = told(
        home,
        'A-1,1,2026-10-05,"Carter, John A",Interpreting,100.00',
        "A-2,1,2026-10-06,John A. Carter,Interpreting,40.50",
        "A-3,1,2026-10-07,Carter & Sons Ltd,Paving,7.00",
    )
    assert notes == (
        "column “supplier”: 2 named a person; masked, and the rows and their money kept",
    )
    found = facts(home, "spend", "supplier, sum(amount)", f"{STANDING} GROUP BY ALL")
    assert [amount for _, amount in found] == ["7", "140.5"]
    assert [re.sub("[0-9a-f]{12}$", "…", name) for name, _ in found] == [
        "Carter & Sons Ltd", "Person …",
    ]  # fmt: skip


def test_identifiers_in_text_become_their_kind_and_in_codes_a_keyed_mark(home: Path) -> None:
    notes = told(
        home,
        '509-38-6621,1,2026-10-05,Acme Ltd,"Refund, Mrs Hale, MRN 88412907",100.00',
        "509-38-6622,1,2026-10-06,Acme Ltd,Cleaning October,1.00",
    )
    assert len(notes) == 2
    [(_, second, plain_text), (_, first, text)] = facts(
        home, "spend", "amount, document, description"
    )
    assert text == "Refund, Mrs [name], MRN [mrn]"
    assert plain_text == "Cleaning October"
    assert re.fullmatch(r"\[ssn [0-9a-f]{8}\]", first)
    assert first != second
    assert found_in(home, "509-38-66", "Hale", "88412907") == []


def spend_frame(documents: list[str]) -> tuple[pl.DataFrame, dict[str, str]]:
    return pl.DataFrame({"c0": documents}), {"document": "c0"}


def masked_share(documents: list[str]) -> float:
    frame, places = spend_frame(documents)
    guarded, _ = guard(frame, places, known_profiles()["rounds_spend"], b"key")
    return sum(cell.startswith("[") for cell in guarded["c0"]) / len(documents)


def test_a_column_of_numbers_that_are_ones_own_is_left(home: Path) -> None:
    running = [f"{204_170_000 + i}" for i in range(200)]
    people = [f"{100 + i * 37 % 799:03}{10 + i % 80}{1000 + i * 7:04}" for i in range(200)]
    accounts = [f"{100 + i % 5}-20-3000" for i in range(200)]
    assert masked_share(running) == 0
    assert masked_share(people) == 1
    assert masked_share(accounts) == 0
    assert masked_share([*running[:-1], "509-38-6621"]) == 1 / 200


def test_every_text_column_of_every_feed_has_a_role() -> None:
    for name, feed in FEEDS.items():
        texts = {c.name for c in feed.columns if c.kind is Kind.TEXT}
        assert texts == set(ROLES[name]), name
        assert {c for c in texts if ROLES[name][c] is Role.TEXT} == set(feed.free_text)
        forbidden = {"note", "notes", "memo", "comment", "comments", "feedback", "remarks"}
        assert not forbidden & set(feed.names)


def test_a_record_set_aside_keeps_a_worker_that_can_come_back(home: Path) -> None:
    profile = known_profiles()["paychex_flex"]
    texts = pl.DataFrame({"record": [2, 3], "worker": ["000417", "000522"], "org": ["ELM", "OAK"]})
    strange = pl.DataFrame({"record": [2, 3], "org": [False, False], "worker": [False, False]})
    table = Conformed(texts, texts, strange, {})
    kept = safe_cells(texts.select("record"), table, profile, pl.Series([3]), b"key")["cells"]
    first, second = ({e["key"]: e["value"] for e in cells} for cells in kept.to_list())
    numbers = pseudonyms(texts["worker"], b"key")
    assert [first["worker"], second["worker"]] == [f"~{n}" for n in numbers]
    assert (first["org"], second["org"]) == ("ELM", "•••")
    assert _marked(pl.Series([first["worker"]]), b"key").to_list() == [first["worker"]]


def test_names_of_files_and_sheets_lose_people() -> None:
    assert clean_name("Payroll John Smith 123-45-6789.xlsx") == "Payroll [name] [ssn].xlsx"
    assert clean_name("john_carter_MRN_88412.csv") == "[name]_MRN_[mrn].csv"
    for name in ("Spend over 25k October 2026.csv", "PRGRPEPI_2026-10-03.csv", "Sheet1",
                 "NCL 05 - August.pdf.csv", "February-2026-CSV-Dl[licence].csv",
                 "Monthly-AE-January-2026-revised-3dker.csv"):  # fmt: skip
        assert clean_name(name) == name


def test_the_inbox_is_emptied_only_of_what_was_loaded_whole_and_if_told(home: Path) -> None:
    inbox = home / "inbox"
    inbox.mkdir(parents=True)
    good, bad, outside = inbox / "good.csv", inbox / "bad.csv", home.parent / "outside.csv"
    line = "A-1,1,2026-10-05,Acme Ltd,Cleaning,1.00\n"
    good.write_text(SPEND + line, encoding="utf-8")
    outside.write_text(SPEND + line.replace("A-1", "A-2"), encoding="utf-8")
    bad.write_text(SPEND + line.replace("1.00", "many"), encoding="utf-8")
    rounds("ingest", inbox, outside)
    assert (good.exists(), bad.exists(), outside.exists()) == (True, True, True)
    rounds("ingest", inbox, outside, "--remove-loaded")
    assert (good.exists(), bad.exists(), outside.exists()) == (False, True, True)
