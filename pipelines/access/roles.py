"""The roles: what each may do and see unless a person's own grant says otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Right(StrEnum):
    """What somebody may do, beyond seeing figures."""

    NOTE = "note"  # explain a variance in a note
    KEEP = "keep"  # keep a view under a name, and take one back
    DECIDE = "decide"  # set targets, budget amounts, rebases and scenarios
    LOAD = "load"  # bring exports in, map codes, correct what was set aside
    EXPORT = "export"  # take rows, tables and packs along
    SQL = "sql"  # write queries of their own
    MANAGE = "manage"  # say who may do and see what, and read the audit


@dataclass(frozen=True, slots=True)
class Role:
    """A role. `everywhere`: it sees all sites where no scope is given, else it must have one."""

    name: str
    title: str
    rights: frozenset[Right]
    everywhere: bool
    pay: bool
    rows: bool
    told: str


def _of(*rights: Right) -> frozenset[Right]:
    return frozenset(rights)


ROLES: dict[str, Role] = {
    role.name: role
    for role in (
        Role(
            "director", "Director", _of(Right.NOTE, Right.KEEP, Right.DECIDE, Right.EXPORT),
            everywhere=True, pay=True, rows=True,
            told="Sees all sites and pay, sets targets and budgets, compares scenarios.",
        ),
        Role(
            "regional-manager", "Regional manager", _of(Right.NOTE, Right.KEEP, Right.EXPORT),
            everywhere=False, pay=False, rows=True,
            told="Sees the sites of their regions, and what their pay comes to in all.",
        ),
        Role(
            "site-manager", "Site manager", _of(Right.NOTE, Right.KEEP, Right.EXPORT),
            everywhere=False, pay=False, rows=True,
            told="Sees their own sites, and what their pay comes to in all.",
        ),
        Role(
            "analyst", "Analyst", _of(Right.NOTE, Right.KEEP, Right.EXPORT, Right.SQL),
            everywhere=True, pay=False, rows=True,
            told="Sees all sites without single pay, and may write SQL.",
        ),
        Role(
            "data-steward", "Data steward", _of(Right.KEEP, Right.LOAD, Right.EXPORT),
            everywhere=True, pay=False, rows=True,
            told="Loads exports, maps codes and corrects what was set aside.",
        ),
        Role(
            "administrator", "Administrator", frozenset(Right),
            everywhere=True, pay=True, rows=True,
            told="Says who may see what, reads the audit, and sees as others see.",
        ),
    )
}  # fmt: skip
