"""Names with value, spark and icons: subjects on Overview, key measures on a site."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.components.links import Link
from dashboard.components.marks import Assurance, Spark, Variation, spark_data, spoken
from dashboard.components.register import component

_MOUNT = component("subject_list")


@dataclass(frozen=True, slots=True)
class SubjectItem:
    """One row: name and `second` ("$310k over budget") left, value, spark and icons right.

    `note` stands under the value: "estimate", or why it is missing. `muted` is for what is no
    value: "fewer than 5", "–". The row leads to its `link`, the value to its `number`.
    """

    name: str
    value: str
    second: str = ""
    spark: Spark | None = None
    variation: Variation | None = None
    assurance: Assurance | None = None
    note: str = ""
    muted: bool = False
    link: Link | None = None
    number: Link | None = None


def subject_list(items: Sequence[SubjectItem], *, key: str, label: str) -> None:
    """Draw the rows in their order; `label` names the list to a screen reader."""
    rows = [
        {
            "name": item.name,
            "second": item.second,
            "value": item.value,
            "note": item.note,
            "muted": item.muted,
            "spark": spark_data(item.spark),
            "v": item.variation,
            "a": item.assurance,
            "href": item.link and item.link.href,
            "number": item.number and item.number.href,
        }
        for item in items
    ]
    _MOUNT(key=key, data={"label": label, "words": spoken(), "rows": rows})
