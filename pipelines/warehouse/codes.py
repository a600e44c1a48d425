"""Which codes nobody knows yet, and how a person says what one means."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from pipelines.errors import UsageProblem, nearest
from pipelines.settings import Home
from pipelines.state import Decision, What, decide, history, standing
from pipelines.warehouse.reader import Reader

SUBJECTS = "staffing", "supplies", "facilities", "contracts"


@dataclass(frozen=True, slots=True)
class Mapped:
    """A mapping as kept: the site or account that a code now means, and whether any row uses it."""

    system: str
    code: str
    meaning: str
    used: bool


def unmapped(reader: Reader) -> pl.DataFrame:
    """The codes that nobody has mapped: kind, system, code, feed, rows, money, currency, loads."""
    return reader.query("SELECT * FROM unmapped ORDER BY kind, system, code, feed, currency")


def mappings(home: Home, *, ever: bool = False) -> pl.DataFrame:
    """The mappings of sites and accounts: kind, system, code, meaning, author, moment (UTC).

    With `ever`, all that were ever made, oldest first; one that was taken back has no meaning.
    """
    look = history if ever else standing
    found = [d for what in (What.SITE, What.ACCOUNT) for d in look(home, what)]
    return pl.DataFrame(
        [(str(d.what), d.scope, d.name, _meaning(d), d.author, d.moment) for d in found],
        schema={
            "kind": pl.String, "system": pl.String, "code": pl.String, "meaning": pl.String,
            "author": pl.String, "moment": pl.Datetime("us"),
        },
        orient="row",
    )  # fmt: skip


def _meaning(decision: Decision) -> str | None:
    if decision.what is What.SITE:
        return decision.value.get("site")
    title, subject = decision.value.get("title"), decision.value.get("subject")
    return f"{title} ({subject})" if title else None


def map_site(
    reader: Reader, home: Home, system: str, code: str, site: str, by: str | None = None
) -> Mapped:
    """Say which site a system's code means, by the site's own code or its name.

    It applies from the next publish on. UsageProblem when no such site is known.
    """
    known = known_site(reader, site)
    decide(home, What.SITE, system, code, {"site": known}, by)
    return Mapped(system, code, known, _used(reader, "site", system, code))


def known_site(reader: Reader, site: str) -> str:
    """The code of a site given by its code or its name. UsageProblem when none is called that."""
    sites = reader.query("SELECT site, name FROM sites WHERE site NOT LIKE '~%'")
    return site if site in sites["site"] else _named(sites, site)


def _named(sites: pl.DataFrame, name: str) -> str:
    same = sites.filter(pl.col("name").str.to_lowercase() == name.strip().lower())["site"]
    if len(same) == 1:
        return str(same[0])
    if len(same) > 1:
        raise UsageProblem(
            f"Several sites are called that: {', '.join(sorted(same))}. Give the site's code."
        )
    known = [*sites["site"], *sites["name"]]
    hint = nearest(name, known, "load a register of sites that names it first.")
    raise UsageProblem(f"There is no site {name}; {hint}")


def map_account(
    reader: Reader, home: Home, system: str, code: str, account: str, by: str | None = None,
    *, title: str | None = None,
) -> Mapped:  # fmt: skip
    """Say which account a system's code means: the title of a known account, or a subject.

    `title` is how the account is called from now on; without one it keeps the title found, or the
    code's own name. It applies from the next publish on. UsageProblem when the account is unknown.
    """
    accounts = reader.query("SELECT DISTINCT title, subject FROM accounts ORDER BY title")
    wanted = account.strip().lower()
    found = accounts.filter(pl.col("title").str.to_lowercase() == wanted)
    if wanted in SUBJECTS:
        called, subject = title or code, wanted
    elif found.height:
        called, subject = title or str(found["title"][0]), str(found["subject"][0])
    else:
        listed = f"give the title of a known account, or one of {', '.join(SUBJECTS)}."
        hint = nearest(account, [*SUBJECTS, *accounts["title"]], listed, cutoff=0.5)
        raise UsageProblem(f"There is no account {account}; {hint}")
    decide(home, What.ACCOUNT, system, code, {"title": called, "subject": subject}, by)
    used = _used(reader, "account", system, code)
    return Mapped(system, code, f"{called} ({subject})", used)


def unmap(home: Home, what: What, system: str, code: str, by: str | None = None) -> None:
    """Take a mapping back; from the next publish on the code means what it meant without it.

    UsageProblem when nobody has mapped the code.
    """
    if not any((d.scope, d.name) == (system, code) for d in standing(home, what)):
        raise UsageProblem(
            f"Nobody has mapped {what} code {code} of {system}. `rounds map --list` shows what is."
        )
    decide(home, what, system, code, {}, by)


def _used(reader: Reader, kind: str, system: str, code: str) -> bool:
    known = "site_codes" if kind == "site" else "accounts"
    return bool(
        reader.query(
            f"SELECT (SELECT count(*) FROM unmapped WHERE kind = ? AND system = ? AND code = ?) "
            f"+ (SELECT count(*) FROM {known} WHERE system = ? AND code = ?) AS n",
            [kind, system, code, system, code],
        )["n"][0]
    )
