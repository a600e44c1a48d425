"""What holds for any files in any order: the same end, every row and cent, nobody else's rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.ingest.correct import reload
from pipelines.ingest.corrections import as_csv, held_of
from pipelines.ingest.run import ingest
from pipelines.profiles import known_profiles
from pipelines.settings import Home
from pipelines.warehouse.record import Record
from pipelines.warehouse.undo import undo
from pipelines.warehouse.waiting import waiting
from tests.warehouse.test_load import ORDERED

HEAD = "Acme site,Acme number,Acme cost\n"
FEW = settings(max_examples=12)
POLICIES = st.sampled_from(["replace", "upsert"])

Cells = tuple[str, str, int | None]  # site, number, cost in cents; no cost is one that is no number

# A file doesn't state a number twice: what then counts is another test's business.
FILES = st.lists(
    st.lists(
        st.tuples(st.sampled_from("EOP"), st.sampled_from("1234"),
                  st.one_of(st.none(), st.integers(-500, 5000))),
        min_size=1, max_size=6, unique_by=lambda row: row[1],
    ),
    min_size=1, max_size=4,
)  # fmt: skip


@contextmanager
def acme(policy: str, *, ordered: bool = True) -> Iterator[tuple[Record, Callable[..., object]]]:
    """A home whose profile orders files by their name, and a loader of files by their number."""
    with TemporaryDirectory() as folder:
        home = Home(Path(folder) / "home")
        home.profiles.mkdir(parents=True)
        text = ORDERED.format(policy=policy).replace('order = "exported"', 'order = "exported"\n'
                                                     'amount = "cost"')  # fmt: skip
        if not ordered:
            text = text.replace('order = "exported"\n', "")
        (home.profiles / "acme.toml").write_text(text, encoding="utf-8")
        with Record.open(home) as record:

            def load(number: int, rows: list[Cells]) -> object:
                path = Path(folder) / f"v{number}.csv"
                lines = (
                    f"{s},{n},{'much' if c is None else f'{c / 100:.2f}'}\n" for s, n, c in rows
                )
                path.write_text(HEAD + "".join(lines), encoding="utf-8")
                [outcome] = ingest(record, [path])
                assert outcome.status == "loaded"
                return outcome

            yield record, load


def standing(record: Record) -> list[tuple[object, ...]]:
    """The facts that stand, without the loads they came in."""
    return record.rows(
        "SELECT site, asset, cost FROM fact_assets WHERE superseded_in IS NULL ORDER BY ALL"
    )


def ledger(record: Record) -> list[tuple[object, ...]]:
    return record.rows(
        "SELECT records, accepted + duplicate + quarantined + furniture, money_read, "
        "money_accepted + money_duplicate + money_quarantined FROM loads WHERE what = 'load'"
    )


def model(policy: str, files: list[list[Cells]]) -> list[tuple[object, ...]]:
    """What should stand, worked out on its own: the latest file that speaks of a thing is right."""
    things: dict[str, list[tuple[str, str, Decimal]]] = {}
    for rows in files:
        sound = [(s, n, Decimal(c) / 100) for s, n, c in rows if c is not None]
        named = {row[0] if policy == "replace" else row[1] for row in sound}
        for thing in named:
            things[thing] = [r for r in sound if thing == (r[0] if policy == "replace" else r[1])]
    return sorted(row for rows in things.values() for row in rows)


@FEW
@given(policy=POLICIES, files=FILES, data=st.data())
def test_ordered_files_end_the_same_in_any_order_of_arrival(
    policy: str, files: list[list[Cells]], data: st.DataObject
) -> None:
    arrival = data.draw(st.permutations(range(len(files))))
    with acme(policy) as (record, load):
        for number in arrival:
            load(number + 1, files[number])
        assert standing(record) == model(policy, files)


@FEW
@given(policy=POLICIES, files=FILES)
def test_every_record_and_cent_is_in_one_place_and_nothing_is_deleted(
    policy: str, files: list[list[Cells]]
) -> None:
    with acme(policy) as (record, load):
        for number, rows in enumerate(files, 1):
            before = record.rows("SELECT count(*) FROM fact_assets")[0][0]
            load(number, rows)
            [(records, placed, read, told)] = ledger(record)[-1:]
            sound = [c for _, _, c in rows if c is not None]
            assert (records, placed) == (len(rows), len(rows))
            assert read == told == Decimal(sum(sound)) / 100
            new = record.rows("SELECT count(*) FROM fact_assets")[0][0] - before
            [(kept,)] = record.rows("SELECT accepted FROM loads WHERE event = ?", [number])
            assert new == kept


@FEW
@given(policy=st.just("replace"), files=FILES)
def test_a_file_supersedes_no_row_of_a_site_that_it_does_not_hold(
    policy: str, files: list[list[Cells]]
) -> None:
    with acme(policy) as (record, load):
        for number, rows in enumerate(files, 1):
            sites = {s for s, _, _ in rows}
            others = [row for row in standing(record) if row[0] not in sites]
            load(number, rows)
            assert [row for row in standing(record) if row[0] not in sites] == others


@FEW
@given(policy=POLICIES, files=FILES, data=st.data())
def test_a_withdrawn_file_leaves_what_the_others_say_and_may_come_again(
    policy: str, files: list[list[Cells]], data: st.DataObject
) -> None:
    gone = data.draw(st.integers(0, len(files) - 1))
    with acme(policy) as (record, load):
        for number, rows in enumerate(files, 1):
            load(number, rows)
        whole = standing(record)
        undo(record, gone + 1)
        assert standing(record) == model(policy, files[:gone] + files[gone + 1 :])
        load(gone + 1, files[gone])
        assert standing(record) == whole == model(policy, files)


@FEW
@given(policy=POLICIES, files=FILES, data=st.data())
def test_corrections_end_as_if_the_files_had_been_right(
    policy: str, files: list[list[Cells]], data: st.DataObject
) -> None:
    """Whichever files have come by then, and whenever each is corrected.

    What a later file restated by then needs no correction; what it didn't is as if it had come
    right. A slice that a later file speaks of is that file's, also where its own rows still wait.
    """
    mended = [[(s, n, 4242 if c is None else c) for s, n, c in rows] for rows in files]
    ordered = data.draw(st.booleans())
    arrival = data.draw(st.permutations(range(len(files)))) if ordered else range(len(files))
    with acme(policy, ordered=ordered) as (record, load):
        for number in arrival:
            load(number + 1, files[number])
            if data.draw(st.booleans()):
                correct(record)
        for _ in files:
            correct(record)
        assert standing(record) == model(policy, mended)
        assert all(row[0] == row[1] and row[2] == row[3] for row in ledger(record))
        # Once more, and nothing comes twice.
        correct(record)
        assert standing(record) == model(policy, mended)


def test_a_file_that_repeats_an_older_one_speaks_for_its_rows_all_the_same() -> None:
    """v3 says again what v1 said; v2, arriving last, is older than v3 and changes nothing."""
    with acme("upsert") as (record, load):
        for number, cents in ((1, 1), (3, 1), (2, 0)):
            load(number, [("E", "1", cents)])
        assert standing(record) == [("E", "1", Decimal("0.0100"))]


def test_files_all_of_whose_records_wait_keep_their_turn() -> None:
    """v2 came before v1 and both held nothing sound: corrected, v2 is still the later file."""
    with acme("replace") as (record, load):
        load(2, [("E", "2", None)])
        load(1, [("E", "1", None)])
        correct(record)
        assert standing(record) == [("E", "2", Decimal("42.4200"))]


def correct(record: Record) -> None:
    """Put an amount into every record that waits, as a person would in the list."""
    held = held_of(waiting(record))
    if held:
        known = known_profiles(record.home.profiles)
        text = as_csv(held, {"acme": [h.load for h in held]}, known)
        path = record.home.root.parent / "aside.csv"
        path.write_text(text.replace("much", "42.42"), encoding="utf-8")
        reload(record, path)
