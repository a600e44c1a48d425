"""The ranked list of what needs attention."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.components.links import Link
from dashboard.components.register import component

_MOUNT = component("attention_list")


@dataclass(frozen=True, slots=True)
class AttentionItem:
    """One row: a full sentence, with the first mention of `site` set in bold.

    `second` is the line below ("Staffing · second month running"), `money` the amount at the
    right with `note` under it ("over budget"). All text comes formatted. With a `link` the whole
    row is one, but for the amount, which leads to its `number`, and a mark where people noted
    something: `remarks`, shown when it is pressed.
    """

    sentence: str
    site: str = ""
    second: str = ""
    money: str = ""
    note: str = ""
    link: Link | None = None
    number: Link | None = None
    remarks: Sequence[str] = ()


def attention_list(
    items: Sequence[AttentionItem], *, key: str, label: str = "What needs attention", first: int = 1
) -> None:
    """Draw the items in their order, ranked from `first`; `label` names the list to a reader."""
    rows = [
        {
            "rank": str(rank),
            "sentence": item.sentence,
            "site": item.site,
            "second": item.second,
            "money": item.money,
            "note": item.note,
            "href": item.link and item.link.href,
            "number": item.number and item.number.href,
            "remarks": list(item.remarks),
        }
        for rank, item in enumerate(items, first)
    ]
    _MOUNT(key=key, data={"label": label, "rows": rows})
