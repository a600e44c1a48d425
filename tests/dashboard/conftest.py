"""The gallery, served once, and the browser of tests/browser to look at it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.conftest import chromium, page, phone
from tests.dashboard.shots import served

__all__ = ["chromium", "gallery", "page", "phone"]


@pytest.fixture(scope="module")
def gallery() -> Iterator[str]:
    """The address of the running gallery."""
    with served() as address:
        yield address
