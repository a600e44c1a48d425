"""What several tests of who may see what stand on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dashboard import viewing
from pipelines.access.ways import IDENTITY, Identity


@pytest.fixture
def by_login(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """People sign in by name, as with `rounds serve --identity users`."""
    monkeypatch.setenv(IDENTITY, Identity.USERS)
    viewing.identity.cache_clear()
    yield
    viewing.identity.cache_clear()
