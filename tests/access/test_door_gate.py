"""The gate: who is let in, to what, and with which headers answers leave."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect
from streamlit.proto.BackMsg_pb2 import BackMsg

from dashboard.gate import binding, ending, visit
from pipelines.access import audit, door, people
from pipelines.access.people import Person
from pipelines.access.ways import Identity, Ways
from pipelines.errors import StoreProblem, UsageProblem
from pipelines.settings import Home
from tests.access.gates import HERE, PASSWORD, TestClient, browser, gate, sign_in

STREAM = HERE.replace("http", "ws") + "/_stcore/stream"
USERS = Ways(identity=Identity.USERS)


@pytest.fixture
def place(home: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home with an administrator and a site manager, whose passwords cost little to check."""
    for name, value in {"N": 2**4, "R": 1, "P": 1}.items():
        monkeypatch.setattr(door, name, value)
    found = Home(home)
    people.keep(found, Person("boss", "Ada Boss", "administrator"))
    people.keep(found, Person("ann", "Ann Lee", "site-manager", sites=("A",)))
    for login in ("boss", "ann"):
        door.set_password(found, login, PASSWORD)
    return found


@pytest.fixture
def outside(place: Home) -> TestClient:
    return browser(gate(USERS, place))


def entered(place: Home, login: str) -> TestClient:
    client = browser(gate(USERS, place))
    assert sign_in(client, login).status_code == 303
    return client


# Without a session


@pytest.mark.parametrize("page", ["/", "/staffing", "/staffing?month=2026-09", "/no/such/page"])
def test_a_page_leads_to_the_sign_in_page_and_back(outside: TestClient, page: str) -> None:
    answer = outside.get(page)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in")
    form = outside.get(answer.headers["location"]).text
    assert f'name="next" value="{page}"' in form
    assert sign_in(outside, "ann", then=page).headers["location"] == page
    assert outside.get(page).text == "inside"


@pytest.mark.parametrize(
    "path",
    ["/media/0123.csv", "/_stcore/host-config", "/staffing/_stcore/health", "/_stcore/stream",
     "/_stcore/bidi-components/x.js", "/_stcore/upload_file/a/b", "/rounds/components/x.js"],
)  # fmt: skip
def test_all_else_is_refused_without_a_session(outside: TestClient, path: str) -> None:
    assert outside.get(path).status_code == 401
    assert outside.put(path, headers={"origin": HERE}).status_code == 401


@pytest.mark.parametrize(
    "path",
    ["/_stcore/metrics", "/_stcore/agent/openapi.json", "/_stcore/script-health-check",
     "/component/x/index.html", "/auth/login", "/auth/logout", "/oauth2callback"],
)  # fmt: skip
def test_routes_that_nobody_needs_are_closed_to_everybody(place: Home, path: str) -> None:
    assert entered(place, "boss").get(path).status_code == 404
    assert browser(gate(Ways(), place)).get(path).status_code == 404


@pytest.mark.parametrize("path", ["/static/js/x.js", "/app/static/x.woff2", "/_stcore/health"])
def test_what_the_sign_in_page_needs_is_open(outside: TestClient, path: str) -> None:
    assert outside.get(path).text == "inside"


def test_the_stream_opens_for_a_session_only(place: Home, outside: TestClient) -> None:
    with pytest.raises(WebSocketDisconnect), outside.websocket_connect(STREAM):
        pass
    with entered(place, "ann").websocket_connect(STREAM) as socket:
        assert socket.receive_json() == []


# Passwords


def test_an_unknown_login_and_a_wrong_password_get_the_same_answer(outside: TestClient) -> None:
    unknown, wrong = sign_in(outside, "nobody"), sign_in(outside, "ann", "three other words")
    assert (unknown.status_code, wrong.status_code) == (403, 403)
    assert unknown.text.replace("nobody", "ann") == wrong.text
    assert "set-cookie" not in unknown.headers
    assert "set-cookie" not in wrong.headers


def test_after_tries_in_vain_even_the_right_password_waits(place: Home) -> None:
    first = browser(gate(USERS, place), address="10.0.0.7")
    for _ in range(door.TRIES):
        assert sign_in(first, "ann", "not this one, no").status_code == 403
    # The login waits wherever it is tried, and the address whatever it tries.
    assert sign_in(browser(gate(USERS, place), address="10.0.0.8"), "ann").status_code == 403
    assert sign_in(first, "boss").status_code == 403
    assert sign_in(browser(gate(USERS, place), address="10.0.0.9"), "boss").status_code == 303


def test_a_person_who_was_shut_is_not_let_in_and_is_put_out(place: Home) -> None:
    inside = entered(place, "ann")
    people.keep(place, Person("ann", "Ann Lee", "site-manager", sites=("A",), active=False))
    assert inside.get("/").status_code == 303
    assert sign_in(browser(gate(USERS, place)), "ann").status_code == 403


def test_the_cookie_is_kept_from_scripts_and_other_sites(place: Home, outside: TestClient) -> None:
    plain = sign_in(outside, "ann").headers["set-cookie"]
    assert plain.startswith(f"{visit.COOKIE}=")
    assert {"HttpOnly", "Path=/", "SameSite=Lax"} == set(plain.split("; ")[1:])
    https = Ways(identity=Identity.USERS, url="https://rounds.example.org")
    client = browser(gate(https, place), here="https://rounds.example.org")
    assert "Secure" in sign_in(client, "ann").headers["set-cookie"].split("; ")


@pytest.mark.parametrize(
    "page",
    ["https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example",
     "javascript:x", "/\r\nSet-Cookie: x", " //evil.example", "/\t/evil.example", "/sign-out",
     "/sign-in?next=/", "evil.example", "///evil.example", "/auth/login"],
)  # fmt: skip
def test_after_the_sign_in_nobody_is_led_elsewhere(outside: TestClient, page: str) -> None:
    assert sign_in(outside, "ann", then=page).headers["location"] == "/"


@pytest.mark.parametrize(
    "headers",
    [{}, {"origin": "https://evil.example"}, {"origin": "null"}, {"origin": "http://127.0.0.1:9"},
     {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}],
)  # fmt: skip
def test_no_other_page_signs_anybody_in_or_out(place: Home, headers: dict[str, str]) -> None:
    fields = {"login": "ann", "password": PASSWORD}
    outside = browser(gate(USERS, place))
    assert outside.post("/sign-in", data=fields, headers=headers).status_code == 403
    inside = entered(place, "ann")
    assert inside.post("/sign-out", headers=headers).status_code == 403
    assert inside.get("/sign-out").headers["location"] == "/"
    assert inside.get("/").text == "inside"


def test_a_form_that_is_too_large_or_none_is_refused(outside: TestClient) -> None:
    headers = {"origin": HERE}
    large = outside.post("/sign-in", data={"login": "x" * 9000}, headers=headers)
    other = outside.post("/sign-in", json={"login": "ann"}, headers=headers)
    assert (large.status_code, other.status_code) == (413, 413)


# Sessions


def test_signing_out_ends_the_session_for_its_old_cookie_too(place: Home) -> None:
    client = entered(place, "ann")
    stolen = client.cookies[visit.COOKIE]
    answer = client.post("/sign-out", headers={"origin": HERE})
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    assert visit.COOKIE not in client.cookies
    assert client.get("/", headers={"cookie": f"{visit.COOKIE}={stolen}"}).status_code == 303


@pytest.mark.parametrize("passed", [door.IDLE, door.WHOLE])
def test_a_session_ends_when_its_time_is_over(
    place: Home, monkeypatch: pytest.MonkeyPatch, passed: timedelta
) -> None:
    client = entered(place, "ann")
    now = door._now
    monkeypatch.setattr(door, "_now", lambda: now() + passed - timedelta(minutes=1))
    if passed == door.IDLE:
        assert client.get("/").text == "inside"
    monkeypatch.setattr(door, "_now", lambda: now() + passed + timedelta(minutes=1))
    assert client.get("/").status_code == 303
    assert client.get("/media/x.csv").status_code == 401


def test_to_load_a_page_s_files_is_not_to_use_the_session(place: Home) -> None:
    client = entered(place, "ann")
    before = door.known(place, client.cookies[visit.COOKIE])
    assert before is not None
    client.get("/_stcore/host-config")
    assert door.known(place, client.cookies[visit.COOKIE]) == before


def test_a_new_sign_in_gives_a_new_token_and_ends_the_old(place: Home) -> None:
    client = entered(place, "ann")
    first = client.cookies[visit.COOKIE]
    sign_in(client, "ann")
    assert client.cookies[visit.COOKIE] != first
    assert door.session(place, first) is None


def test_a_token_that_somebody_made_up_is_none(place: Home, outside: TestClient) -> None:
    fixed = {"cookie": f"{visit.COOKIE}=made-up-by-somebody"}
    assert outside.get("/", headers=fixed).status_code == 303
    answer = outside.post(
        "/sign-in", data={"login": "ann", "password": PASSWORD}, headers={"origin": HERE, **fixed}
    )
    assert "made-up" not in answer.headers["set-cookie"]


# What is asked for over the socket


FORBIDDEN = (
    BackMsg(clear_cache=True), BackMsg(set_run_on_save=True), BackMsg(load_git_info=True),
    BackMsg(debug_disconnect_websocket=True), BackMsg(debug_shutdown_runtime=True), BackMsg(),
    *(BackMsg(backend_operation_request={name: {}, "request_id": "1"})
      for name in ("install_skills", "dismiss_skills_nudge", "dataframe_chunk", "deferred_file")),
)  # fmt: skip
RUN = BackMsg(rerun_script={"page_name": "staffing"}).SerializeToString()


async def heard(socket: WebSocket) -> None:
    """Says what comes through, until a page is to be run."""
    await socket.accept()
    content = b""
    while content != RUN:
        content = await socket.receive_bytes()
        await socket.send_bytes(content)
    await socket.close()


def through(client: TestClient, *asked: BackMsg | bytes) -> list[bytes]:
    """What of all that a browser sends the app hears."""
    found = []
    with client.websocket_connect(STREAM) as socket:
        for one in (*asked, RUN):
            socket.send_bytes(one if isinstance(one, bytes) else one.SerializeToString())
        while not found or found[-1] != RUN:
            found.append(socket.receive_bytes())
        with pytest.raises(WebSocketDisconnect):
            socket.receive_bytes()
    return found[:-1]


def test_the_app_hears_only_what_its_pages_ask_for(place: Home) -> None:
    """Not to empty caches, to tell of the repository, or to write files beside the app."""
    client = browser(gate(USERS, place, WebSocketRoute("/_stcore/stream", heard)))
    sign_in(client, "boss")
    assert through(client, *FORBIDDEN, b"\xff no message") == []
    beat = BackMsg(app_heartbeat=True)
    assert through(client, beat) == [beat.SerializeToString()]


def test_a_click_on_another_s_button_makes_no_file(place: Home) -> None:
    client = browser(gate(USERS, place, WebSocketRoute("/_stcore/stream", heard)))
    sign_in(client, "ann")
    ann, boss = people.find(place, "ann"), people.find(place, "boss")
    binding.bind_file("of ann", ann.grant)
    binding.bind_file("of boss", boss.grant)
    asked = {
        file: BackMsg(backend_operation_request={"deferred_file": {"file_id": file}})
        for file in ("of ann", "of boss", "of nobody")
    }
    assert through(client, *asked.values()) == [asked["of ann"].SerializeToString()]
    refused = [one for one in audit.lines(place, what="refused") if one.who == "ann"]
    assert len(refused) == 2
    # What was made for what she saw before isn't for what she sees now, made or to be made.
    people.keep(place, replace(ann, sites=("B",)))
    assert through(client, asked["of ann"]) == []
    assert client.get("/media/of ann.csv").status_code == 403


def test_in_one_browser_two_people_s_tabs_stay_apart(place: Home) -> None:
    """Boss signs in where Ann's tab is open: nothing of hers is taken up with his cookie."""
    client = entered(place, "ann")
    before = client.cookies[visit.COOKIE]
    binding.bind("tab of ann", "ann", people.find(place, "ann").grant)
    binding.bind_file("rows of ann", people.find(place, "ann").grant)
    sign_in(client, "boss")
    asked = ["streamlit", "xsrf", "tab of ann"]
    with client.websocket_connect(STREAM, subprotocols=asked) as socket:
        assert socket.receive_json() == asked[:2]
    headers = {"origin": HERE}
    assert client.put("/_stcore/upload_file/tab of ann/1", headers=headers).status_code == 403
    assert client.get("/media/rows of ann.csv").status_code == 403
    # Her cookie is none any more, and signing out and in again as herself opens her files only.
    old = {"cookie": f"{visit.COOKIE}={before}"}
    assert browser(client.app).get("/media/rows of ann.csv", headers=old).status_code == 401
    client.post("/sign-out", headers=headers)
    assert client.get("/media/rows of ann.csv").status_code == 401
    sign_in(client, "ann")
    assert client.get("/media/rows of ann.csv").text == "inside"


# What is whose


def test_a_file_is_for_whom_it_was_made(place: Home) -> None:
    binding.bind_file("f" * 56, people.find(place, "ann").grant)
    assert entered(place, "ann").get(f"/media/{'f' * 56}.csv").text == "inside"
    refused = entered(place, "boss").get(f"/media/{'f' * 56}.csv")
    assert refused.status_code == 403
    assert entered(place, "ann").get("/media/unknown.csv").status_code == 403
    line = next(one for one in audit.lines(place) if one.what == "refused" and one.who == "boss")
    assert line.about == {"what": "a file made for somebody else"}


@pytest.mark.parametrize(
    "path",
    ["{other}.csv", "{other}", "{other}/", "/{other}.csv", "x/{other}.csv", "{other}.csv/{own}.csv",
     "{other}/{own}", "{own}/{other}.csv", "{own}/%2e%2e/{other}.csv", "{own}%2f..%2f{other}.csv",
     "{other}.csv%00", "{other}%20.csv", "{other};{own}.csv", "{own},{other}.csv"],
)  # fmt: skip
def test_no_spelling_of_an_address_gets_another_s_file(place: Home, path: str) -> None:
    own, other = "a" * 32, "b" * 32
    binding.bind_file(own, people.find(place, "ann").grant)
    binding.bind_file(other, people.find(place, "boss").grant)
    client = entered(place, "ann")
    assert client.get(f"/media/{path.format(own=own, other=other)}").status_code == 403
    assert client.get(f"/media/{own}.csv").text == "inside"


def test_a_session_is_known_by_its_own_cookie_alone(place: Home) -> None:
    token = door.begin(place, "ann")
    client = entered(place, "ann")
    client.cookies.clear()
    for given in (f"ROUNDS_SESSION={token}", f"$rounds_session={token}", f"xrounds_session={token}",
                  f"rounds_session={token[:-1]}", f"rounds_session={token.swapcase()}",
                  f"rounds_session=x; rounds_session={token}", f"rounds_session={'x' * 50_000}",
                  f"rounds_session={token}x"):  # fmt: skip
        assert client.get("/media/x.csv", headers={"cookie": given}).status_code == 401, given[:40]
    told = client.get("/media/x.csv", headers={"cookie": f"rounds_session={token}"})
    assert told.status_code == 403


def test_an_upload_needs_the_right_and_a_session_of_one_s_own(place: Home) -> None:
    binding.bind("session-of-ann", "ann")
    binding.bind("session-of-boss", "boss")
    headers, inside = {"origin": HERE}, entered(place, "boss")
    of_ann = "/_stcore/upload_file/session-of-ann/1"
    assert inside.put("/_stcore/upload_file/session-of-boss/1", headers=headers).text == "inside"
    assert inside.put(of_ann, headers=headers).status_code == 403
    assert inside.delete(of_ann, headers=headers).status_code == 403
    other = entered(place, "ann")
    assert other.put(of_ann, headers=headers).status_code == 403


def test_nobody_takes_up_the_session_of_another(place: Home) -> None:
    binding.bind("browser-of-ann", "ann")
    asked = ["streamlit", "xsrf", "browser-of-ann"]
    with entered(place, "ann").websocket_connect(STREAM, subprotocols=asked) as own:
        assert own.receive_json() == asked
    with entered(place, "boss").websocket_connect(STREAM, subprotocols=asked) as other:
        assert other.receive_json() == asked[:2]
    assert not binding.bind("browser-of-ann", "boss")


def test_a_stream_from_another_page_is_refused(place: Home) -> None:
    for client in (entered(place, "ann"), browser(gate(Ways(), place))):
        headers = {"origin": "http://localhost:3000"}
        with (
            pytest.raises(WebSocketDisconnect),
            client.websocket_connect(STREAM, headers=headers),
        ):
            pass
        with client.websocket_connect(STREAM, headers={"origin": HERE}) as own:
            assert own.receive_json() == []


def test_a_page_that_stands_open_is_emptied_and_shut_when_its_session_ends(
    place: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Emptied by one more run of the page that it is at, and of nothing that was clicked there."""
    monkeypatch.setattr(ending, "EVERY", 0.05)
    monkeypatch.setattr(ending, "LEFT", 0.3)
    codes = []

    async def echo(socket: WebSocket) -> None:
        await socket.accept()
        try:
            while True:
                await socket.send_bytes(await socket.receive_bytes())
        except WebSocketDisconnect as end:
            codes.append(end.code)

    client = browser(gate(USERS, place, WebSocketRoute("/_stcore/stream", echo)))
    sign_in(client, "ann")
    asked = BackMsg()
    asked.rerun_script.page_name = "staffing"
    asked.rerun_script.query_string = "region=North"
    asked.rerun_script.fragment_id = "part"
    asked.rerun_script.widget_states.widgets.add(id="button", trigger_value=True)
    with client.websocket_connect(STREAM) as socket:
        for content in (asked.SerializeToString(), b"\xff no message"):
            time.sleep(0.2)  # some looks find that the session holds
            socket.send_bytes(content)
        assert socket.receive_bytes() == asked.SerializeToString()
        door.end_all(place, "ann")
        asked.rerun_script.ClearField("fragment_id")
        asked.rerun_script.ClearField("widget_states")
        assert BackMsg.FromString(socket.receive_bytes()) == asked
        with pytest.raises(WebSocketDisconnect) as shut:
            socket.receive_bytes()
        assert shut.value.code == 1008
    assert codes == [1008]


# Where nobody can tell


def unreadable(*_: object) -> None:
    raise StoreProblem("The file of sign-ins can't be read.")


@pytest.mark.parametrize("asked", [door, people])
def test_while_nobody_can_tell_who_it_is_nothing_is_let_through(
    place: Home, monkeypatch: pytest.MonkeyPatch, asked: ModuleType
) -> None:
    client = entered(place, "boss")
    monkeypatch.setattr(asked, "known" if asked is door else "find", unreadable)
    for path in ("/", "/media/x.csv", "/_stcore/host-config"):
        answer = client.get(path)
        assert (answer.status_code, "tell who you are" in answer.text) == (503, True)
    with pytest.raises(WebSocketDisconnect), client.websocket_connect(STREAM):
        pass
    monkeypatch.undo()
    monkeypatch.setenv("ROUNDS_HOME", str(place.root))
    assert client.get("/").text == "inside"


@pytest.mark.parametrize("unread", [2, 200])
def test_a_busy_file_of_sessions_ends_a_page_only_when_it_stays_busy(
    place: Home, monkeypatch: pytest.MonkeyPatch, unread: int
) -> None:
    """Two looks in vain end nobody's page; when none can tell for a while, it is shut."""
    monkeypatch.setattr(ending, "EVERY", 0.05)
    monkeypatch.setattr(ending, "UNTOLD", 0.3)
    monkeypatch.setattr(ending, "LEFT", 0.1)

    async def echo(socket: WebSocket) -> None:
        await socket.accept()
        with suppress(WebSocketDisconnect):
            while (content := await socket.receive_bytes()) != RUN:
                await socket.send_bytes(content)
            await socket.close()

    client = browser(gate(USERS, place, WebSocketRoute("/_stcore/stream", echo)))
    sign_in(client, "ann")
    looks, known = [0], door.known

    def seldom(*asked: Any) -> Any:
        looks[0] += 1
        return known(*asked) if looks[0] > unread else unreadable()

    with client.websocket_connect(STREAM) as socket:
        monkeypatch.setattr(door, "known", seldom)
        if unread == 2:
            time.sleep(0.6)
            assert looks[0] > 5
            socket.send_bytes(RUN)
        else:
            socket.receive_bytes()  # the page is run once more: it says that nobody can tell
        with pytest.raises(WebSocketDisconnect) as shut:
            socket.receive_bytes()
        assert shut.value.code == (1000 if unread == 2 else 1008)


# Hosts and headers


@pytest.mark.parametrize(
    ("host", "status"),
    [("127.0.0.1:8501", 200), ("localhost", 200), ("[::1]:8501", 200), ("LOCALHOST", 200),
     ("evil.example", 403), ("127.0.0.1.evil.example", 403), ("user@127.0.0.1", 403),
     ("127.0.0.1/evil", 403), ("localhost:port", 403), ("", 403)],
)  # fmt: skip
def test_the_app_is_known_by_its_own_names_only(place: Home, host: str, status: int) -> None:
    answer = browser(gate(Ways(), place)).get("/", headers={"host": host})
    assert answer.status_code == status


def test_names_of_the_settings_are_known(place: Home) -> None:
    way = Ways(identity=Identity.USERS, hosts=("rounds.lan",), url="https://rounds.example.org")
    client = browser(gate(way, place))
    for host, status in {"rounds.lan": 200, "rounds.example.org": 200, "other.lan": 403}.items():
        assert client.get("/_stcore/health", headers={"host": host}).status_code == status


def test_alone_on_this_machine_nobody_comes_from_elsewhere(place: Home) -> None:
    assert browser(gate(Ways(), place)).get("/").text == "inside"
    assert browser(gate(Ways(), place), address="192.0.2.4").get("/").status_code == 403


@pytest.mark.parametrize("path", ["/", "/sign-in", "/media/x.csv", "/_stcore/metrics", "/static/x"])
def test_every_answer_has_the_headers(place: Home, path: str) -> None:
    way = Ways(identity=Identity.USERS, url="https://rounds.example.org")
    headers = browser(gate(way, place), here="https://rounds.example.org").get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]
    assert headers["strict-transport-security"] == "max-age=31536000"
    if path != "/static/x":
        assert headers["cache-control"] == "no-store"


def test_without_tls_no_browser_is_told_to_insist_on_it(outside: TestClient) -> None:
    assert "strict-transport-security" not in outside.get("/sign-in").headers


# The audit


def test_the_audit_tells_of_those_who_came_went_and_knocked(place: Home) -> None:
    client = browser(gate(USERS, place), address="10.1.2.3")
    sign_in(client, "my pass phrase, typed in the wrong field")
    sign_in(client, "ann", "no, not that one")
    sign_in(client, "ann")
    client.post("/sign-out", headers={"origin": HERE})
    told = [(one.who, one.what, one.about.get("address")) for one in audit.lines(place)]
    assert told == [
        ("ann", "sign out", None), ("ann", "sign in", "10.1.2.3"),
        ("ann", "sign in failed", "10.1.2.3"), ("unknown", "sign in failed", "10.1.2.3"),
    ]  # fmt: skip


def test_nobody_is_let_in_whom_the_audit_can_t_tell_of(
    place: Home, outside: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise StoreProblem("the disk is full")

    monkeypatch.setattr(audit, "note", full)
    answer = sign_in(outside, "ann")
    assert (answer.status_code, "set-cookie" in answer.headers) == (503, False)
    assert outside.get("/").status_code == 303


# The ways in


def test_without_settings_it_is_one_person_on_this_machine(home: Path) -> None:
    way = Ways.find(Home(home))
    assert (way.identity, way.address, way.is_open) == (Identity.LOCAL, "127.0.0.1", False)


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "192.0.2.1", "rounds.example.org"])
def test_it_listens_elsewhere_only_when_people_sign_in(home: Path, address: str) -> None:
    with pytest.raises(UsageProblem, match="only when it knows who opens it"):
        Ways.find(Home(home), address=address)
    assert Ways.find(Home(home), address=address, identity="users").is_open


@pytest.mark.parametrize(
    "settings",
    ['identity = "guests"', 'url = "rounds.example.org"', 'url = "https://x.example/page"',
     'hosts = "x"', "hosts = [1]", 'identity = "oidc"', 'proxies = ["everywhere"]', "door = 1"],
)  # fmt: skip
def test_faulty_settings_are_told(home: Path, settings: str) -> None:
    home.mkdir()
    (home / "settings.toml").write_text(f"[access]\n{settings}\n", encoding="utf-8")
    with pytest.raises(UsageProblem):
        Ways.find(Home(home))


def test_settings_and_the_group_s_own_stand_in_one_file(home: Path) -> None:
    home.mkdir()
    text = 'name = "North"\n[access]\nidentity = "users"\nport = 9000\naddress = "0.0.0.0"\n'
    (home / "settings.toml").write_text(text, encoding="utf-8")
    way = Ways.find(Home(home))
    assert (way.identity, way.port, way.address) == (Identity.USERS, 9000, "0.0.0.0")
    assert Home(home).group().name == "North"


@pytest.mark.soak
def test_an_unknown_login_takes_as_long_as_a_known_one(home: Path) -> None:
    place = Home(home)
    people.keep(place, Person("boss", "Ada Boss", "administrator"))
    door.set_password(place, "boss", PASSWORD)
    took = {}
    for number, login in enumerate(("boss", "nobody")):
        client = browser(gate(USERS, place), address=f"10.0.0.{number}")
        start = time.process_time()
        for _ in range(door.TRIES - 1):
            assert sign_in(client, login, "a wrong pass word").status_code == 403
        took[login] = time.process_time() - start
    assert 0.7 < took["nobody"] / took["boss"] < 1.4
