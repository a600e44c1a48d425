"""The head of every page: the logo, and the pages as links."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from dashboard.components.links import Link
from dashboard.components.register import component

# Outside a shadow root: axe takes Streamlit's skip link for one only where the page's first link
# stands in the same tree.
_MOUNT = component("masthead", isolated=False)
_LOGO = Path(__file__).parent.parent / "static" / "logo.svg"


@dataclass(frozen=True, slots=True)
class PageTab:
    """A page in the row: its title, its address, and whether it is the one shown."""

    title: str
    link: Link
    current: bool = False


@dataclass(frozen=True, slots=True)
class Account:
    """Who is signed in: their name, their login, and the address that ends the session."""

    name: str
    login: str
    sign_out: str


def masthead(
    pages: Sequence[PageTab],
    *,
    home: Link,
    here: Link | None = None,
    hold: bool = False,
    account: Account | None = None,
    key: str = "masthead",
) -> None:
    """Draw the logo, which leads to `home`, and the row of pages.

    `here` is the present page with its scope; where it is to `hold`, what the address lacks of it
    is put in.

    With an `account`, its menu stands at the end of the row.

    Not `st.page_link`: the row marks the present page for a screen reader, scrolls it into view
    on the phone and fades where more stands behind the edge.
    """
    tabs = [{"title": p.title, "href": p.link.href, "current": p.current} for p in pages]
    data = {"home": home.href, "here": here and here.href, "hold": hold, "pages": tabs}
    data |= {"account": asdict(account)} if account else {}
    _MOUNT(key=key, data={**data, "logo": _shapes()})


@cache
def _shapes() -> list[dict[str, Any]]:
    """The drawing of the logo as tags and attributes, to be built without markup."""
    root = ElementTree.parse(_LOGO).getroot()
    return [{"tag": node.tag.rsplit("}", 1)[-1], "attributes": dict(node.attrib)} for node in root]
