"""Forged requests over the raw socket: whatever a site manager asks for, no other site comes.

Nothing of the app's own page takes part: addresses are written by hand, widgets are sent that the
page never drew. Every byte that comes back is searched for the names and codes of other sites, and
for amounts of single roles.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import sqlite3
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest
import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from pipelines.access import door, people
from pipelines.access.people import Person
from pipelines.settings import Home
from pipelines.warehouse.reader import open_build
from tests.browser.serving import dashboard

pytestmark = pytest.mark.soak

PAGES = ["", "site", "staffing", "supplies", "facilities", "contracts", "budget", "what-if",
         "explore", "data", "glossary", "settings", "number", "sql"]  # fmt: skip
PATIENCE = 180


class Group:
    """The demo group with a manager of one site, and what of it isn't theirs."""

    def __init__(self, home: Home) -> None:
        whole = open_build(home)
        self.home = home
        self.site = whole.query(
            "SELECT site FROM sites WHERE kind = 'Nursing home' ORDER BY site LIMIT 1"
        )["site"][0]
        others = whole.query("SELECT site, name, region FROM sites WHERE site NOT LIKE '~%'")
        region = others.filter(others["site"] == self.site)["region"][0]
        mine = self.mine = others.filter(others["site"] == self.site)["name"][0]
        self.other = next(r["site"] for r in others.iter_rows(named=True) if r["site"] != self.site)
        self.names = [n for n in others["name"] if n != mine and mine not in n and n not in mine]
        self.regions = [r for r in set(others["region"]) if r != region]
        self.name_of_other = others.filter(others["site"] == self.other)["name"][0]
        self.load, self.record = whole.query(
            "SELECT load, record FROM labor WHERE site = ? LIMIT 1", [self.other]
        ).row(0)
        people.keep(home, Person("boss", "Boss", "administrator"))
        people.keep(home, Person("sam", "Sam", "site-manager", sites=(self.site,)))
        door.set_password(home, "boss", "three odd words here")  # without one nobody could come in


@pytest.fixture(scope="module")
def group(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Group:
    folder = tmp_path_factory.mktemp("forged") / "home"
    shutil.copytree(demo_home, folder)
    return Group(Home(folder))


@pytest.fixture(scope="module")
def address(group: Group) -> Iterator[str]:
    with dashboard(group.home.root, "--identity", "users") as found:
        yield found


def forged(group: Group) -> list[dict[str, str]]:
    """What stands in an address that somebody wrote by hand."""
    name, region = group.names[0], group.regions[0]
    return [
        {},
        {"site": group.other},
        {"sites": name, "region": region},
        {"region": region, "kind": "Clinic", "span": "12 months"},
        {"metric": "labor_cost", "month": "2026-10", "site": group.other},
        {"metric": "labor_cost", "rows": "site", "cols": "role"},
        {"metric": "hourly_cost", "rows": "role", "cols": "month", "site": group.other},
        {"metric": "total_cost", "rows": "site", "cols": "region", "last": "12"},
        {"load": str(group.load), "record": str(group.record)},
        {"metric": "labor_cost", "role": "RN", "site": "' OR 1=1 --"},
        {"tab": "Loads", "site": "%", "as-of": "1"},
    ]


def browser(address: str, token: str) -> websockets.connect:
    """The socket that a browser with a session's cookie opens."""
    return websockets.connect(
        f"ws{address.removeprefix('http')}/_stcore/stream",
        subprotocols=[websockets.Subprotocol("streamlit")],
        origin=websockets.Origin(address),
        additional_headers={"Cookie": f"rounds_session={token}"},
        max_size=None,
    )


async def asked(address: str, token: str, page: str, query: dict[str, str], widgets: bool) -> bytes:
    """Everything that a page sends, as bytes."""
    found = b""
    async with browser(address, token) as socket:
        message = BackMsg()
        message.rerun_script.page_name = page
        message.rerun_script.query_string = urlencode(query)
        if widgets:
            for n, text in enumerate(query.values()):
                state = message.rerun_script.widget_states.widgets.add()
                state.id = f"$$ID-0123456789abcdef-{n}"
                state.string_value = text
        await socket.send(message.SerializeToString())
        while True:
            data = await asyncio.wait_for(socket.recv(), PATIENCE)
            assert isinstance(data, bytes)
            found += data
            told = ForwardMsg()
            told.ParseFromString(data)
            if told.WhichOneof("type") == "script_finished":
                return found


@pytest.mark.parametrize("page", PAGES)
def test_no_other_site_comes_whatever_is_asked_for(group: Group, address: str, page: str) -> None:
    for at, query in enumerate(forged(group)):
        token = door.begin(group.home, "sam")
        sent = asyncio.run(asked(address, token, page, query, widgets=at % 2 == 1))
        assert len(sent) > 1000, query
        given = " ".join(query.values())
        text = sent.decode("utf-8", "ignore")
        leaked = [name for name in group.names if name in text and name not in given]
        assert leaked == [], (page, query)
        assert "Traceback" not in text
        assert "Rounds has a fault here" not in text, (page, query)


def test_the_search_finds_what_an_administrator_is_shown(group: Group, address: str) -> None:
    """The canary: with another cookie the same bytes are full of names."""
    token = door.begin(group.home, "boss")
    sent = asyncio.run(asked(address, token, "", {}, widgets=False)).decode("utf-8", "ignore")
    assert len([name for name in group.names if name in sent]) > len(group.names) // 2


class Tab:
    """A browser's tab: its page, and what it hears."""

    def __init__(self, socket: websockets.ClientConnection) -> None:
        self.socket, self.session = socket, ""

    async def run(self, page: str, **query: str) -> str:
        """All that a page sends."""
        message = BackMsg()
        message.rerun_script.page_name = page
        message.rerun_script.query_string = urlencode(query)
        return "\n".join(map(str, await self.until(message, "script_finished")))

    async def made(self, file: str, patience: float = PATIENCE) -> str | None:
        """The address of a file that a button makes; None where nothing comes of it."""
        message = BackMsg(
            backend_operation_request={
                "deferred_file": {"file_id": file}, "session_id": self.session, "request_id": "1"
            }
        )  # fmt: skip
        try:
            told = await self.until(message, "backend_operation_response", patience)
        except TimeoutError:
            return None
        return str(told[-1].backend_operation_response.deferred_file.url) or None

    async def until(
        self, message: BackMsg, kind: str, patience: float = PATIENCE
    ) -> list[ForwardMsg]:
        await self.socket.send(message.SerializeToString())
        found: list[ForwardMsg] = []
        while not found or found[-1].WhichOneof("type") != kind:
            data = await asyncio.wait_for(self.socket.recv(), patience)
            found.append(ForwardMsg.FromString(data))
            if found[-1].WhichOneof("type") == "new_session":
                self.session = found[-1].new_session.initialize.session_id
        return found


def fetched(address: str, token: str, url: str) -> int:
    """The status with which a file is answered to whoever has a session."""
    asked = urllib.request.Request(address + url, headers={"Cookie": f"rounds_session={token}"})
    try:
        with urllib.request.urlopen(asked, timeout=PATIENCE) as answer:
            assert answer.read(4)
            return int(answer.status)
    except urllib.error.HTTPError as refusal:
        return refusal.code


async def two_people(address: str, group: Group) -> None:
    boss, sam = door.begin(group.home, "boss"), door.begin(group.home, "sam")
    async with browser(address, boss) as one, browser(address, sam) as other:
        his, theirs = Tab(one), Tab(other)
        for page in ("", "contracts", "explore"):
            whole, part = await asyncio.gather(his.run(page), theirs.run(page))
            assert any(name in whole for name in group.names) or page == "explore"
            assert [name for name in group.names if name in part] == [], page
        of_boss = re.findall(r'deferred_file_id: "(\w+)"', await his.run("explore"))
        own = re.findall(r'deferred_file_id: "(\w+)"', await theirs.run("explore"))
        assert of_boss
        assert own
        url = await his.made(of_boss[0])
        mine = await theirs.made(own[0])
        assert url
        assert mine
        assert await theirs.made(of_boss[1], 3) is None
        assert (fetched(address, boss, url), fetched(address, sam, mine)) == (200, 200)
        assert (fetched(address, sam, url), fetched(address, "x" * 43, url)) == (403, 401)
        # Somebody's scope becomes another while their page stands open: at its next run it is.
        people.keep(group.home, Person("sam", "Sam", "site-manager", sites=(group.other,)))
        try:
            assert fetched(address, sam, mine) == 403
            assert await theirs.made(own[1], 3) is None
            part = await theirs.run("site")
            assert group.mine not in part
            assert group.name_of_other in part
        finally:
            people.keep(group.home, Person("sam", "Sam", "site-manager", sites=(group.site,)))
        door.end(group.home, sam)
        assert fetched(address, sam, mine) == 401
        assert "You were signed out" in await theirs.run("site")


def test_two_people_s_tabs_share_nothing(group: Group, address: str) -> None:
    """Pages that run at once, files by the other's numbers and addresses; what ends meanwhile."""
    asyncio.run(two_people(address, group))


async def outlived(address: str, group: Group, end: Callable[[str], None]) -> tuple[str, int, int]:
    """What an open page hears after its session ended: what it says, and how its socket shuts."""
    token = door.begin(group.home, "boss")
    async with browser(address, token) as socket:
        message = BackMsg()
        message.rerun_script.page_name = "staffing"
        await socket.send(message.SerializeToString())
        while True:
            told = ForwardMsg.FromString(await asyncio.wait_for(socket.recv(), PATIENCE))
            if told.WhichOneof("type") == "new_session":
                assert told.new_session.config.disable_data_export
            if told.WhichOneof("type") == "script_finished":
                break
        end(token)
        found, begun, names = "", 0, 0
        try:
            while True:  # nothing is asked for: the page merely stands open
                data = await asyncio.wait_for(socket.recv(), 60)
                text = data.decode("utf-8", "ignore")
                found += text
                names += sum(name in text for name in group.names)
                begun += ForwardMsg.FromString(data).WhichOneof("type") == "new_session"
        except websockets.exceptions.ConnectionClosed:
            assert socket.close_code == 1008
    return found, begun, names


@pytest.mark.parametrize("how", ["session", "time", "person"])
def test_a_page_that_stands_open_is_emptied_and_shut_when_its_session_ends(
    group: Group, address: str, how: str
) -> None:
    def end(token: str) -> None:
        if how == "session":
            door.end(group.home, token)
        elif how == "person":
            people.keep(group.home, Person("bea", "Bea", "administrator"))
            people.keep(group.home, Person("boss", "Boss", "administrator", active=False))
        else:  # as if it had begun thirteen hours ago
            with sqlite3.connect(door.place(group.home)) as sql:
                before = (datetime.now(UTC) - timedelta(hours=13)).replace(tzinfo=None)
                sql.execute("UPDATE sessions SET begun = ?", [before.isoformat()])

    try:
        found, begun, names = asyncio.run(outlived(address, group, end))
    finally:
        people.keep(group.home, Person("boss", "Boss", "administrator"))
    assert "You were signed out" in found
    assert (begun, names) == (1, 0)


def test_without_a_cookie_the_socket_stays_shut(group: Group, address: str) -> None:
    for token in ("", "x" * 43, "../../etc/passwd"):
        with pytest.raises(websockets.exceptions.WebSocketException):
            asyncio.run(asked(address, token, "", {}, widgets=False))
