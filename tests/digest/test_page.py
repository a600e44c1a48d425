"""Lines let rest on the page of settings."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from pipelines.digest.readers import Subscription, snoozed, subscribe
from pipelines.settings import Home
from pipelines.state import author
from tests.dashboard.opening import opened


def test_a_line_is_let_rest_and_comes_back(group: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROUNDS_HOME", str(group.root))
    assert "Let a line rest" not in opened("settings").headings
    subscribe(group, Subscription(author(), "ada@example.org"))
    page = opened("settings")
    lines = page.test.selectbox(key="rest line").options
    assert len(lines) == 2  # both contracts of the group
    assert all("renews unless notice is given" in line for line in lines)
    page.test.button(key="rest keep").click().run()
    page.test.run()
    [until] = snoozed(group, author(), date.today()).values()
    assert until == date.today() + timedelta(7)
    [(told, _)] = page.rows("Lines that rest")
    assert told == lines[0]
    assert page.test.selectbox(key="rest line").options == lines[1:]
    page.test.button(key="rest end").click().run()
    assert snoozed(group, author(), date.today()) == {}
