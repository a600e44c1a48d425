"""One's own digest: how often, to which address, from which amount on, and which lines rest."""

from __future__ import annotations

from datetime import date, timedelta

import streamlit as st

from dashboard import format as fmt
from dashboard import layout, sentences, store, viewing
from dashboard.components import Cell, Column, Row, responsive_table
from dashboard.desk.done import do, tell
from pipelines.digest.content import NEEDS
from pipelines.digest.post import Mail
from pipelines.digest.readers import (
    Subscription,
    When,
    amount,
    key,
    last_sent,
    snooze,
    snoozed,
    subscribe,
    subscriptions,
    unsubscribe,
)
from pipelines.errors import UsageProblem
from pipelines.settings import Home

SAID = "digest said"
NEVER, MONDAY, DAILY = "Never", "Each Monday", "Each day on which something is new"
OFTEN = {NEVER: None, MONDAY: When.MONDAY, DAILY: When.DAILY}
REST = {"a week": 7, "two weeks": 14, "a month": 30, "three months": 91}


def section() -> None:
    """Draw it for who is in; an administrator who sees as another can't speak for them."""
    if viewing.viewer().by is not None:
        return
    layout.section(
        "Your digest",
        "By e-mail: what needs attention at your sites, and which figures were restated.",
    )
    tell(SAID)
    home, login = store.home(), viewing.visiting().login
    now = next((one for one in subscriptions(home) if one.login == login), None)
    left, right = st.columns(2, gap="large")
    with left:
        _often(home, login, now)
    if now is not None:  # finding all lines takes a while: only who is told of them lets one rest
        with right:
            _resting(home, login)


def _often(home: Home, login: str, now: Subscription | None) -> None:
    layout.block("How often")
    with st.form("digest", border=False):
        often = st.selectbox("Send it", list(OFTEN), index=_place(now), key="digest often")
        usual = login if "@" in login else ""
        address = st.text_input("To", now.address if now else usual, max_chars=320, key="digest to")
        least = st.text_input(
            "Leave out lines of less than", f"{now.least:,f}" if now else "0", max_chars=20,
            key="digest least", help="Lines without an amount stay.",
        )  # fmt: skip
        if st.form_submit_button("Keep my digest", key="digest keep"):
            do(SAID, lambda: _keep(home, login, OFTEN[often], address.strip(), least))
    layout.note(_state(home, login, now))


def _place(now: Subscription | None) -> int:
    return list(OFTEN.values()).index(now.when if now else None)


def _state(home: Home, login: str, now: Subscription | None) -> str:
    """Whether anything is sent at all, and when it last was."""
    try:
        Mail.find(home)
    except UsageProblem:
        return "No mail server is set yet: whoever runs Rounds sets it in the settings' file."
    last = last_sent(home, login) if now else None
    return f"Last worked out on {fmt.day(last.day)}." if last else "It was not sent to you yet."


def _keep(home: Home, login: str, when: When | None, address: str, least: str) -> str:
    if when is None and login not in {one.login for one in subscriptions(home)}:
        return "No digest is sent to you."
    wanted = when and Subscription(login, address, when, amount(least))
    viewing.note("digest", {"change": str(when or "ended"), "to": address[:320] if when else ""})
    if wanted is None:
        unsubscribe(home, login, login)
    else:
        subscribe(home, wanted, login)
    return "The digest has ended." if when is None else f"The digest goes to {address}."


def _resting(home: Home, login: str) -> None:
    """Lines that needn't be told for a while; they stay on the first page."""
    layout.block("Let a line rest")
    month = store.months(NEEDS)[1]
    found = store.listed("attention", month, where={}) if month else []
    lines = {key(one): sentences.sentence(one) for one in found}
    rests = snoozed(home, login, date.today())
    awake = [one for one in lines if one not in rests]
    if not awake:
        layout.note("There is no line that could rest.")
    else:
        with st.form("digest rest", border=False):
            line = st.selectbox("Line", awake, format_func=lines.__getitem__, key="rest line")
            long = st.selectbox("For", list(REST))
            if st.form_submit_button("Let it rest", key="rest keep"):
                until = date.today() + timedelta(REST[long])
                do(SAID, lambda: _rest(home, login, line, until))
    if rests:
        rows = [
            Row([Cell(lines.get(one, "A line that is no longer listed")), fmt.day(until)])
            for one, until in sorted(rests.items(), key=lambda pair: pair[1])
        ]
        columns = [Column("Line", width="70%"), Column("Comes back", phone="second")]
        responsive_table(columns, rows, key="resting", label="Lines that rest")
        if st.button("Let all come back", key="rest end"):
            do(SAID, lambda: _wake(home, login, list(rests)))


def _rest(home: Home, login: str, line: str, until: date) -> str:
    viewing.note("digest", {"change": "a line rests"})
    snooze(home, login, line, until, login)
    return f"The line rests until {fmt.day(until)}. It stays on the first page."


def _wake(home: Home, login: str, lines: list[str]) -> str:
    viewing.note("digest", {"change": "lines come back"})
    for line in lines:
        snooze(home, login, line, None, login)
    return "All lines are told again."
