"""Who is told of what others kept under a name: nothing that names what isn't theirs.

Views and scenarios are the group's: whoever may keep one keeps it for all. To who sees a part of
the group one is shown where it keeps to places of theirs, or to none, and where its name says none
of another site. It shows them their part, as a link to it would.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from pipelines.warehouse.reader import Reader

LEAST = 3  # letters of a site's name or code, to be found in a text
PLACES = "site", "sites", "region"
COMMON = "kind", "site_kind", "subject"  # what the group's sites are called alike


def is_told(reader: Reader, name: str, where: Mapping[str, Sequence[str]]) -> bool:
    """Whether a viewer is told of what somebody else kept under a name.

    `where` are its filters: sites by code or name, regions, kinds of sites and subjects. By any
    other (a role, a supplier) it may name what a part of the group doesn't hold.
    """
    if reader.limits.sites is None and reader.limits.subjects is None:
        return True
    if {key for key, values in where.items() if values} - {*PLACES, *COMMON}:
        return False
    if reader.limits.sites is None:
        return True
    own, others = _words(reader), _words(reader.whole)
    others -= own
    named = {value.casefold() for key in PLACES for value in where.get(key, ())}
    return named <= own and not _says(name, others)


def _words(reader: Reader) -> set[str]:
    """What the sites that a reader sees are called: their names, codes and regions."""
    rows = reader.once("SELECT site, name, region FROM sites").iter_rows()
    return {str(word).casefold() for row in rows for word in row if word}


def _says(text: str, words: Iterable[str]) -> bool:
    told = text.casefold()
    return any(
        len(word) >= LEAST and word in told and re.search(rf"(?<!\w){re.escape(word)}(?!\w)", told)
        for word in words
    )
