"""The button that gives a page's meeting pack: slides, a workbook or paper, made when it is asked.

What a pack says is made once for a build, month and scope; each format is set from it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial

import streamlit as st

from dashboard import format as fmt
from dashboard import layout, store, taking, then, viewing
from dashboard.memory import remembered
from dashboard.scope import Scope
from pipelines.access.roles import Right
from pipelines.analysis.scenarios.saved import saved
from pipelines.notes import notes
from pipelines.packs.content import Pack
from pipelines.packs.make import packs
from pipelines.packs.write import MEDIA, content_of

FORMATS = {"pptx": "Slides (PowerPoint)", "xlsx": "Workbook (Excel)", "pdf": "Paper (PDF)"}


def offer(chosen: Scope, *, site: str | None = None) -> None:
    """Draw the button; nothing where the month has no data.

    A page's pack is its site's, its region's where just one is chosen, else the group's.
    """
    if chosen.month not in store.months()[0] or not viewing.may(Right.EXPORT):
        return
    if then.event() is not None:
        layout.note("Meeting packs are made from today's figures: go back to them for one.")
        return
    regions = chosen.where.get("region", [])
    region = regions[0] if len(regions) == 1 and not site else None
    audience = "site" if site else "regional" if region else "director"
    with st.popover("Meeting pack", type="tertiary", icon=":material/slideshow:", key="pack"):
        layout.note(f"{_what(chosen, audience, region)}, {fmt.month(chosen.month)}.")
        for form, label in FORMATS.items():
            taking.button(
                label,
                _written(form, chosen.month, audience, region, site),
                f"{_stem(chosen, audience, region, site)}.{form}",
                MEDIA[form],
                key=f"pack-{form}",
                width="stretch",
            )


def _what(chosen: Scope, audience: str, region: str | None) -> str:
    """Whose pack it is; that it keeps to no other filter, where one is set."""
    if audience == "site":
        return f"The visit brief of {chosen.place}"
    said = f"The review of {region}" if region else "The pack of all sites"
    others = any(chosen.where.get(name) for name in ("site_kind", "site"))
    return f"{said}, without the other filters" if others else said


def _stem(chosen: Scope, audience: str, region: str | None, site: str | None) -> str:
    place = site or region or ""
    kept = "".join(c if c.isalnum() and c.isascii() else "-" for c in place.lower())
    return "-".join(part for part in (f"{chosen.month:%Y-%m}", audience, kept.strip("-")) if part)


def _written(
    form: str, month: date, audience: str, region: str | None, site: str | None
) -> Callable[[], bytes]:
    """What makes the file when it is asked for; the page does not wait for it."""
    return partial(content, form, store.reader().key, month, audience, region, site)


def content(
    form: str, build: str, month: date, audience: str, region: str | None, site: str | None
) -> bytes:
    """The file of a pack."""
    # Notes and scenarios are no part of a build: with others, it is another pack.
    home = store.home()
    said = repr((notes(home), saved(home)))
    return content_of(_pack(build, month, audience, region, site, said), form)


@remembered(8)
def _pack(
    build: str, month: date, audience: str, region: str | None, site: str | None, said: str
) -> Pack:
    [made] = packs(
        store.reader(), store.home().group(), month, audience, region=region, site=site,
        lines=store.signal_lines(month), home=store.home(),
    )  # fmt: skip
    return made
