"""People, their scope, their passwords and sessions, and what the audit keeps of them."""

from __future__ import annotations

import gc
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipelines.access import audit, door
from pipelines.access.people import Person, by_identity, changes, find, keep, owner, people, remove
from pipelines.access.roles import ROLES, Right
from pipelines.access.viewing import opened
from pipelines.errors import NotShown, UsageProblem
from pipelines.settings import Home
from pipelines.warehouse import reader as warehouse
from pipelines.warehouse.limits import Limits
from tests.loading import rounds

SECRET = "violet kettle arguing"
SITES = (
    "site,name,region\nELM,Elmwood Clinic,North\nOAK,Oakdale Clinic,South\n"
    "ASH,Ashton Clinic,North\nYEW,Yew House,East\n"
)


@pytest.fixture
def place(home: Path) -> Home:
    (home.parent / "sites.csv").write_text(SITES, encoding="utf-8")
    assert rounds("ingest", home.parent / "sites.csv").exit_code == 0
    return Home(home)


@pytest.fixture
def managed(place: Home) -> Home:
    keep(place, Person("root@group.org", "Ada", "administrator"), by="setup")
    return place


def later(monkeypatch: pytest.MonkeyPatch, by: timedelta) -> None:
    moment = datetime.now(UTC).replace(tzinfo=None) + by
    monkeypatch.setattr(door, "_now", lambda: moment)


def test_a_scope_is_the_sites_of_its_regions_and_its_own(managed: Home) -> None:
    reader = opened(managed)
    kept = keep(managed, Person("nora", "Nora", "regional-manager", regions=("North",),
                                sites=("YEW",)))  # fmt: skip
    limits = kept.viewer().limits(reader)
    assert limits.sites == {"ELM", "ASH", "YEW"}
    assert (limits.pay, limits.rows, limits.subjects) == (False, True, None)
    assert reader.limited(limits).query("SELECT site FROM sites ORDER BY 1")["site"].to_list() == [
        "ASH", "ELM", "YEW"
    ]  # fmt: skip
    elsewhere = keep(managed, Person("sam", "Sam", "site-manager", sites=("GONE",)))
    assert elsewhere.viewer().limits(reader).sites == frozenset()
    assert find(managed, "root@group.org").viewer().limits(reader).are_none
    assert owner("me").limits(reader).are_none


def test_what_nobody_sees_any_more_is_let_go_and_what_is_in_use_stays(
    place: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two scopes are kept ready; each of a reader's two catalogues goes with its last holder."""
    monkeypatch.setattr(warehouse, "SCOPES", 2)
    reader = warehouse.Reader(opened(place).path, "apart")

    def sees(part: warehouse.Reader) -> list[str]:
        return list(part.query("SELECT site FROM sites")["site"])

    def attached() -> int:
        names = reader.query("SELECT database_name FROM duckdb_databases()")["database_name"]
        return sum(name.startswith(("rows_", "figures_")) for name in names)

    elm = Limits(sites=frozenset({"ELM"}))
    held = reader.limited(elm)
    for site in ("OAK", "ASH", "YEW", "OAK", "ASH"):
        assert sees(reader.limited(Limits(sites=frozenset({site})))) == [site]
        gc.collect()
        # The two that are kept ready, the one that is held, and one that waits to be let go.
        assert attached() <= 2 * 4
    assert sees(held) == ["ELM"]
    again = reader.limited(elm)  # of the same limits as one that is still held
    assert again is not held
    del held
    gc.collect()
    assert sees(reader.limited(Limits(sites=frozenset({"YEW"})))) == ["YEW"]
    assert sees(again) == ["ELM"]
    gc.collect()
    reader.limited(Limits(sites=frozenset({"OAK"})))
    assert attached() <= 2 * 3


def test_a_director_of_a_region_sees_no_more_than_that(managed: Home) -> None:
    kept = keep(managed, Person("dora", "Dora", "director", regions=("South",), rows=False))
    limits = kept.viewer().limits(opened(managed))
    assert (limits.sites, limits.pay, limits.rows) == ({"OAK"}, True, False)


@pytest.mark.parametrize(
    ("person", "said"),
    [
        (Person("No Blanks", "", "director"), "A login has"),
        (Person("-x", "", "director"), "A login has"),
        (Person("x", "a\nb" * 60, "director"), "name has"),
        (Person("x", "", "king"), "no role"),
        (Person("x", "", "site-manager"), "needs a scope"),
        (Person("x", "", "regional-manager"), "needs a scope"),
        (Person("x", "", "director", subjects=("everything",)), "no subject"),
        (Person("x", "", "director", identity="ROOT@group.org"), "known under that identity"),
        (Person("root@group.org", "Ada", "director"), "Nobody could say"),
        (Person("root@group.org", "Ada", "administrator", active=False), "Nobody could say"),
    ],
)
def test_what_can_t_be_is_refused_in_a_sentence(managed: Home, person: Person, said: str) -> None:
    before = people(managed)
    with pytest.raises(UsageProblem, match=said):
        keep(managed, person)
    assert people(managed) == before


def test_an_administrator_stays_as_long_as_anybody_has_a_login(managed: Home) -> None:
    keep(managed, Person("eve", "Eve", "director"))
    with pytest.raises(UsageProblem, match="Nobody could say"):
        remove(managed, "root@group.org")
    remove(managed, "eve")
    remove(managed, "root@group.org")
    assert people(managed) == []


def test_each_change_is_kept_with_its_author(managed: Home) -> None:
    keep(managed, Person("eve", "Eve", "director"), by="ada")
    keep(managed, Person("eve", "Eve", "analyst"), by="bob")
    remove(managed, "eve", by="cyd")
    told = [(who, login, p.role if p else None) for _, who, login, p in changes(managed)]
    assert told == [
        ("setup", "root@group.org", "administrator"), ("ada", "eve", "director"),
        ("bob", "eve", "analyst"), ("cyd", "eve", None),
    ]  # fmt: skip


def test_an_identity_means_one_active_person(managed: Home) -> None:
    keep(managed, Person("eve", "Eve", "director", identity="Eve@Group.org"))
    keep(managed, Person("gone", "Gone", "director", identity="gone@group.org", active=False))
    found = by_identity(managed, " eve@GROUP.org ")
    assert found is not None
    assert found.login == "eve"
    assert by_identity(managed, "eve") is None  # her login isn't what the provider calls her
    for other in ("", "gone@group.org", "nobody@group.org", "eve@group.org.evil"):
        assert by_identity(managed, other) is None


def test_a_letter_that_only_looks_like_another_is_another(managed: Home) -> None:
    """Unicode's small and folded letters would make each of them one of those who have access."""
    keep(managed, Person("kate", "Kate", "director", identity="kate.sass@group.org"))
    keep(managed, Person("jose", "José", "director", identity="José@group.org"))
    for other in ("\u212aate.sass", "kate.\u017fass", "kate.sa\u00df", "jos\u00c9", "jose"):
        assert by_identity(managed, f"{other}@group.org") is None, other
    assert by_identity(managed, "KATE.SASS@GROUP.ORG") == find(managed, "kate")
    assert by_identity(managed, "JOSé@Group.org") == find(managed, "jose")


def test_who_sees_as_another_does_nothing_in_their_name() -> None:
    ada = Person("ada", "Ada", "administrator").viewer()
    assert all(ada.may(right) for right in Right)
    seen = Person("dora", "Dora", "director").viewer().seen_by("ada")
    assert not any(seen.may(right) for right in Right)


def test_passwords_are_checked_and_never_kept(managed: Home) -> None:
    for bad in ("short", "a" * 40, "root root root", "x" * 1001):
        with pytest.raises(UsageProblem, match="password"):
            door.set_password(managed, "root@group.org", bad)
    assert not door.has_password(managed, "root@group.org")
    door.set_password(managed, "root@group.org", SECRET)
    assert door.let_in(managed, "Root@Group.org ", SECRET, "10.0.0.1")
    for wrong in ("", SECRET + " ", SECRET.upper()):
        assert not door.let_in(managed, "root@group.org", wrong, "10.0.0.2")
    assert not door.let_in(managed, "nobody", SECRET, "10.0.0.3")
    for path in managed.root.glob("*.sqlite*"):
        assert SECRET.encode() not in path.read_bytes()
    assert door.place(managed).stat().st_mode & 0o077 == 0


def test_tries_in_vain_make_one_wait_ever_longer(
    managed: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    door.set_password(managed, "root@group.org", SECRET)
    monkeypatch.setattr(door, "_hash", lambda word, salt, cost: word.encode())  # quick, and wrong
    for n in range(door.TRIES):
        assert door.waits(managed, "root@group.org", "10.0.0.9") is None
        assert not door.let_in(managed, "root@group.org", f"guess {n}", f"10.0.0.{n}")
    monkeypatch.undo()
    monkeypatch.setenv("ROUNDS_HOME", str(managed.root))
    # The right one from anywhere, and another login from an address that hasn't failed.
    assert not door.let_in(managed, "root@group.org", SECRET, "10.9.9.9")
    assert door.waits(managed, "root@group.org", "10.9.9.9") is not None
    assert door.waits(managed, "eve", "10.0.0.1") is None
    later(monkeypatch, door.SOONEST + timedelta(seconds=1))
    assert door.let_in(managed, "root@group.org", SECRET, "10.9.9.9")
    assert door.waits(managed, "root@group.org", "10.9.9.9") is None


def test_sessions_end_when_idle_when_over_and_when_ended(
    managed: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = door.begin(managed, "ada")
    assert door.session(managed, "x" + token) is None
    found = door.session(managed, token)
    assert found is not None
    assert found.login == "ada"
    for path in managed.root.glob("door.sqlite*"):
        assert token.encode() not in path.read_bytes()
    # In use every 29 minutes it lasts twelve hours, and not a minute longer.
    step = door.IDLE - timedelta(minutes=1)
    for n in range(1, int(door.WHOLE / step) + 1):
        later(monkeypatch, n * step)
        assert door.session(managed, token) is not None
    later(monkeypatch, door.WHOLE + timedelta(seconds=1))
    assert door.session(managed, token) is None
    monkeypatch.undo()
    monkeypatch.setenv("ROUNDS_HOME", str(managed.root))
    idle, other, third = (door.begin(managed, who) for who in ("ada", "bob", "ada"))
    later(monkeypatch, door.IDLE + timedelta(seconds=1))
    assert door.session(managed, idle) is None
    monkeypatch.undo()
    monkeypatch.setenv("ROUNDS_HOME", str(managed.root))
    door.end(managed, third)
    assert door.session(managed, third) is None
    assert door.session(managed, other) is not None
    door.set_password(managed, "bob", SECRET)
    assert door.session(managed, other) is None
    assert door.known(managed, other) is not None  # a token that was used once is never new again


def test_the_audit_only_grows_and_tells_what_was_altered(managed: Home) -> None:
    for n in range(5):
        audit.note(managed, "ada", "view", {"page": f"/{n}"}, seen_as="eve" if n == 2 else None)
    assert audit.altered(managed) is None
    assert [line.about["page"] for line in audit.lines(managed)] == [
        "/4", "/3", "/2", "/1", "/0"
    ]  # fmt: skip
    assert [line.seen_as for line in audit.lines(managed, who="ada")][2] == "eve"
    assert audit.lines(managed, what="export") == []
    with sqlite3.connect(audit.place(managed)) as sql:
        for forbidden in ("UPDATE lines SET who = 'eve'", "DELETE FROM lines WHERE id = 3"):
            with pytest.raises(sqlite3.IntegrityError):
                sql.execute(forbidden)
        sql.execute("DROP TRIGGER lines_are_kept")
        sql.execute("DELETE FROM lines WHERE id = 3")
    assert audit.altered(managed) == 4


def test_the_command_line_in_somebody_s_view(
    managed: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert rounds("access", "add", "Nora", "regional-manager", "--region", "North").exit_code == 0
    assert rounds("access", "add", "nora", "director").exit_code == 2
    result = rounds("access", "list")
    assert "nora" in result.stdout
    assert "North" in result.stdout
    monkeypatch.setenv("ROUNDS_VIEWER", "nora")
    for refused in (("ingest", "x.csv"), ("undo", "1"), ("access", "list"), ("publish",)):
        result = rounds(*refused)
        assert (result.exit_code, "may not do this" in result.stderr) == (2, True), refused
    assert opened(managed).query("SELECT count(*) AS n FROM sites")["n"][0] == 2
    monkeypatch.setenv("ROUNDS_VIEWER", "nobody")
    assert rounds("kpi", "paid_hours").exit_code == 2
    monkeypatch.delenv("ROUNDS_VIEWER")
    assert rounds("access", "change", "nora", "--inactive").exit_code == 0
    monkeypatch.setenv("ROUNDS_VIEWER", "nora")
    with pytest.raises(NotShown, match="was ended"):
        opened(managed)
    monkeypatch.delenv("ROUNDS_VIEWER")
    assert rounds("access", "remove", "nora").exit_code == 0
    assert rounds("access", "audit", "--verify").exit_code == 0
    told = rounds("access", "audit", "--what", "access").stdout
    assert "removed" in told
    assert "nora" in rounds("access", "changes").stdout


def test_roles_are_told(managed: Home) -> None:
    said = rounds("access", "roles").stdout
    assert [name for name in ROLES if name not in said] == []
