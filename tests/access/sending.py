"""All that a run of a page sends to somebody's browser."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import pytest
from streamlit.testing.v1 import AppTest, local_script_runner

from dashboard import ahead, viewing
from dashboard.gate import binding
from pipelines.access import door
from pipelines.settings import Home

PAGES = ["overview", "site", "staffing", "supplies", "facilities", "contracts", "budget", "what_if",
         "explore", "data", "glossary", "settings", "number", "sql"]  # fmt: skip


def sent(
    home: Home, login: str, page: str, query: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> list[Any]:
    """Streamlit's messages, but for that which says how long each call took."""
    monkeypatch.setenv("ROUNDS_HOME", str(home.root))
    token = door.begin(home, login)
    monkeypatch.setattr(viewing, "_token", lambda: token)
    binding._sessions.clear()  # all of AppTest's browsers have one name
    heard: list[Any] = []
    made = local_script_runner.parse_tree_from_messages

    def hear(messages: list[Any]) -> Any:
        heard.extend(messages)
        return made(messages)

    test = AppTest.from_string(
        f"from dashboard.guard import guarded\nfrom dashboard.views import {page}\n"
        f"guarded({page}.page)()\n",
        default_timeout=120,
    )
    for name, value in query.items():
        test.query_params[name] = value
    with (
        patch.object(local_script_runner, "parse_tree_from_messages", hear),
        patch.object(ahead, "PATIENCE", 60),
    ):
        test.run()
    assert not test.exception, test.exception[0].message
    text = "\n".join(map(str, heard))
    assert "Rounds has a fault" not in text, query
    assert "You were signed out" not in text
    return [one for one in heard if one.WhichOneof("type") != "page_profile"]
