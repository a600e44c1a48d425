"""The frame of every page, and the few kinds of text that stand on it.

All texts are plain: they are escaped, so a site named `a_b_c` or an amount in dollars is shown as
it is. Headings are real headings: one `page_title`, then `section`, then the titles of charts.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import format as fmt
from dashboard import viewing
from dashboard.components import Account, Link, PageTab, link, masthead, more_link
from dashboard.markup import escape, muted

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator
    from streamlit.navigation.page import Page

_LOG = logging.getLogger(__name__)

PAGE_WIDTH = 1280
SENTENCE_WIDTH = 880
_FAVICON = Path(__file__).parent / "static" / "favicon.png"


def frame(
    pages: Sequence[Page],
    *,
    in_row: Sequence[Page] | None = None,
    carry: Callable[[bool], Mapping[str, Sequence[str]]] | None = None,
    visit: viewing.Visit | None = None,
) -> None:
    """Set up the page, draw logo and page links, and run the page that the address names.

    `pages` are all that the viewer may open, the first of the app among them; `in_row` those that
    stand in the row (all, if left out). `carry` gives the query parameters that their links take
    along (the scope), told whether the page stands in the row. `visit` says who looks; without it
    there is no row. The row is ours because Streamlit's own navigation ends in a sidebar that stays
    open over the page on a phone.
    """
    page = st.navigation(list(pages), position="hidden")
    st.set_page_config(
        page_title=f"{page.title} · Rounds",
        page_icon=str(_FAVICON),
        layout="wide",
        initial_sidebar_state="collapsed",
    )
    shown = pages if in_row is None else in_row
    tabled = any(p.url_path == page.url_path for p in shown)
    taken = carry(tabled) if carry else {}
    tabs = [PageTab(p.title, link(p.url_path, **taken), p.url_path == page.url_path) for p in shown]
    with (
        st.container(horizontal_alignment="center", key="frame"),
        st.container(width=PAGE_WIDTH, gap="small", key="page"),
    ):
        if visit is not None:
            _seen_as(visit)
            masthead(
                tabs, home=link("", **taken), here=link(page.url_path, **taken), hold=not tabled,
                account=_account(visit),
            )  # fmt: skip
        page.run()


def _account(visit: viewing.Visit) -> Account | None:
    """Who is signed in, for the menu; nobody on a machine of one's own."""
    if viewing.is_local():
        return None
    return Account(visit.login if visit.viewer.by else visit.viewer.name, visit.login, "/sign-out")


def _seen_as(visit: viewing.Visit) -> None:
    """The bar that says whose view an administrator looks at, on every page."""
    if visit.viewer.by is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="seen-as", border=True):
        st.markdown(escape(f"You see what {visit.viewer.name} sees"), width="stretch")
        st.button("Stop", key="stop-seeing-as", on_click=viewing.see_as, args=(None,))


def signed_out(said: str) -> None:
    """What stands where a page would, when nobody is in: nothing else, and the way in."""
    st.title(escape(said.rstrip(".")), anchor=False)
    paragraph("Nothing is shown until you sign in again.")
    st.html('<a href="/sign-in" target="_self" style="color: inherit">Sign in again</a>')


def scope(label: str, *, key: str = "scope") -> DeltaGenerator:
    """A popover for the filters, under the page links: "Western region · Oct 2026".

    It has a box because a button without one turns its words, when open in dark, to 1.1 to 1.
    """
    return st.popover(label, icon=":material/tune:", key=key)


def page_title(finding: str, explanation: str = "", *, second: str = "") -> None:
    """The finding as the page's only h1, one or two sentences below, and a muted line.

    Say in the explanation what is estimated.
    """
    with st.container(gap="xsmall"):
        st.title(escape(finding), anchor=False)
        if explanation:
            st.markdown(escape(explanation), width=SENTENCE_WIDTH)
        if second:
            st.markdown(f":gray[{escape(second)}]", width=SENTENCE_WIDTH)


def section(title: str, explanation: str = "") -> None:
    """A heading below the title, with a muted sentence if need be."""
    with st.container(gap="xsmall"):
        st.header(escape(title), anchor=False)
        if explanation:
            st.markdown(muted(explanation), width=SENTENCE_WIDTH)


def block(title: str, subtitle: str = "") -> None:
    """The title of a table or form that stands beside charts: as large as a chart's finding."""
    with st.container(gap="xsmall"):
        st.subheader(escape(title), anchor=False)
        if subtitle:
            st.markdown(muted(subtitle), width=SENTENCE_WIDTH)


def paragraph(text: str) -> None:
    """A sentence at reading width."""
    st.markdown(escape(text), width=SENTENCE_WIDTH)


def note(text: str) -> None:
    """A small muted line under a chart or table."""
    st.markdown(muted(text), width=SENTENCE_WIDTH)


def pick(label: str, options: Iterable[str], prompt: str = "Choose", *, key: str) -> str | None:
    """A list that begins with nothing chosen; None until something is.

    The `prompt` is a choice like the others: the button that Streamlit offers for clearing a list
    is too small for a finger.
    """
    return (
        st.selectbox(label, ["", *options], format_func=lambda one: one or prompt, key=key) or None
    )


def empty(sentence: str, *, step: tuple[str, Link] | None = None, key: str = "") -> None:
    """What stands where there is nothing to list: one sentence, and the next step as a link.

    With a `step` give a `key`.
    """
    with st.container(gap="xxsmall"):
        st.markdown(f":gray[{escape(sentence)}]", width=SENTENCE_WIDTH)
        if step:
            more_link(*step, key=key or sentence)


def state_line(
    *,
    as_of: datetime | None,
    missing: Sequence[str] = (),
    noun: str = "site",
    limit: int = 4,
) -> None:
    """How fresh and how complete: "As of 24 Nov 2026, 09:48. 2 sites missing: A and B."."""
    parts = [f"As of {fmt.moment(as_of)}."]
    if missing:
        parts.append(
            f"{fmt.counted(len(missing), noun)} missing: {fmt.names(missing, limit=limit)}."
        )
    note(" ".join(parts))


def failed(what: str, still: str = "", *, key: str) -> bool:
    """A block that could not be drawn: what failed, what is still right, and a way to try again.

    True when the button was pressed: the run that returns it has already tried again.
    """
    with st.container(gap="xsmall"):
        st.markdown(escape(what), width=SENTENCE_WIDTH)
        if still:
            st.markdown(f":gray[{escape(still)}]", width=SENTENCE_WIDTH)
        return st.button("Try again", key=key)


@contextmanager
def guarded(what: str, still: str = "", *, key: str) -> Iterator[None]:
    """Draw a block; if that raises, the block says so and the rest of the page stays.

    `what` is the sentence for the reader ("The forecast could not be drawn."). The log gets the
    error; the page never does.
    """
    try:
        yield
    except Exception:
        _LOG.exception("%s", what)
        failed(what, still, key=key)


def no_rights(place: str = "this site") -> None:
    """What a deep link says to someone who may not see what it names."""
    st.title(escape(f"You can't open {place}"), anchor=False)
    paragraph(f"Ask your director for access to {place}.")


def not_shown() -> None:
    """The page of a subject that isn't shown to who looks."""
    no_rights("this page")
