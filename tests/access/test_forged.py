"""Forged requests over the raw socket: whatever a site manager asks for, no other site comes.

Nothing of the app's own page takes part: addresses are written by hand, widgets are sent that the
page never drew. Every byte that comes back is searched for the names and codes of other sites, and
for amounts of single roles.
"""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
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
        mine = others.filter(others["site"] == self.site)["name"][0]
        self.other = next(r["site"] for r in others.iter_rows(named=True) if r["site"] != self.site)
        self.names = [n for n in others["name"] if n != mine and mine not in n and n not in mine]
        self.regions = [r for r in set(others["region"]) if r != region]
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
