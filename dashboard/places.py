"""Which sites a scope keeps, from what the register says of them: no query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dashboard import store


def within(where: Mapping[str, Sequence[str]]) -> frozenset[str]:
    """The sites of a scope; filters that aren't about sites leave them all."""
    return frozenset(
        site
        for site, known in store.sites().items()
        if all(
            own in where[name]
            for name, own in (
                ("site", site),
                ("site_name", known.name),
                ("region", known.region),
                ("site_kind", known.kind),
            )
            if where.get(name)
        )
    )


def everywhere() -> str:
    """What the scope without a filter is called by who looks."""
    return "All sites" if store.reader().limits.sites is None else "All your sites"
