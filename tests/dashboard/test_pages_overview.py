"""Overview: a long list of what needs attention is folded, and ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.views import overview
from tests.dashboard import small
from tests.dashboard.opening import Opened, opened, plain
from tests.dashboard.test_pages_contracts import INVOICES, REGISTER

# Three lines: a price that rises, an invoice that looks paid twice, a notice that was missed.
TEXTS = {"sites.csv": small.SITES, "leases.csv": REGISTER, "bills.csv": INVOICES}


@pytest.fixture
def page(home: Path, monkeypatch: pytest.MonkeyPatch) -> Opened:
    monkeypatch.setattr(overview, "FIRST", 1)
    monkeypatch.setattr(overview, "MOST", 2)
    small.load_all(home, TEXTS)
    return opened("overview")


def test_the_first_lines_stand_and_the_others_on_request(page: Opened) -> None:
    assert len(page.items("attention_list")) == 1
    assert [plain(one.label) for one in page.test.expander] == ["Show 1 more"]
    page.test.session_state["more"] = True
    page.test.run()
    assert len(page.items("attention_list")) == 2
    assert (
        "1 line of less weight is left out: choose a region, a kind of site or a site to see "
        "those of its own." in page.words
    )
