"""What a system's codes mean: the shipped accounts, what people mapped, and what nobody has yet.

A person's mapping wins over the register's `codes` and over a site that only a file names. It says
what a code means, not what was loaded: it applies to every vintage from the next publish on.
"""

from __future__ import annotations

import json
from pathlib import Path

import duckdb

from pipelines.feeds import FEEDS
from pipelines.settings import Home
from pipelines.state import What, standing

ACCOUNTS = Path(__file__).parent / "accounts.csv"

# Only a site that is known can be meant: else the code stays what it was.
MAP_SITES = """
DELETE FROM site_codes WHERE (system, code) IN
  (SELECT (m.system, m.code) FROM mapped_sites m JOIN sites s ON s.site = m.site);
INSERT INTO site_codes SELECT m.system, m.code, m.site, false
  FROM mapped_sites m JOIN sites s ON s.site = m.site;
"""

# A site that only files named, and that people said is another one.
DROP_ALIASES = """
DELETE FROM sites WHERE provisional AND site NOT IN (SELECT site FROM site_codes);
"""

MAP_ACCOUNTS = """
DELETE FROM accounts WHERE (system, code) IN (SELECT (system, code) FROM mapped_accounts);
INSERT INTO accounts SELECT * FROM mapped_accounts;
"""


def stage(sql: duckdb.DuckDBPyConnection, home: Home) -> None:
    """Make `mapped_sites` and `mapped_accounts` of what people have mapped, and `accounts`."""
    sql.execute(
        "CREATE OR REPLACE TEMP TABLE mapped_sites (system VARCHAR, code VARCHAR, site VARCHAR); "
        "CREATE OR REPLACE TEMP TABLE mapped_accounts "
        "(system VARCHAR, code VARCHAR, title VARCHAR, subject VARCHAR)"
    )
    sites, accounts = _sites(home), _accounts(home)
    if sites:
        sql.executemany("INSERT INTO mapped_sites VALUES (?, ?, ?)", sites)
    if accounts:
        sql.executemany("INSERT INTO mapped_accounts VALUES (?, ?, ?, ?)", accounts)
    sql.execute(
        f"CREATE TABLE accounts AS SELECT * FROM read_csv('{ACCOUNTS}', all_varchar = true)"
    )
    sql.execute(MAP_ACCOUNTS)


def fingerprint(home: Home) -> str:
    """A text that changes whenever a code comes to mean something else."""
    return "\0".join(
        (MAP_SITES, DROP_ALIASES, MAP_ACCOUNTS, unmapped_query(), ACCOUNTS.read_text("utf-8"),
         json.dumps([_sites(home), _accounts(home)]))
    )  # fmt: skip


def _sites(home: Home) -> list[list[str]]:
    return [[d.scope, d.name, d.value["site"]] for d in standing(home, What.SITE)]


def _accounts(home: Home) -> list[list[str]]:
    return [
        [d.scope, d.name, d.value["title"], d.value["subject"]]
        for d in standing(home, What.ACCOUNT)
    ]


def unmapped_query() -> str:
    """(kind, system, code, feed, rows, money, currency, first_load, last_load) of unknown codes.

    `kind` is "site" or "account"; `money` is the sum of the feed's amount, null where it has none.
    """
    parts = [
        _unknown(name, "site", "p.site", "site_codes")
        for name, feed in FEEDS.items()
        if name != "sites" and "site" in feed.names
    ]
    parts += [_unknown(name, "account", "p.account", "accounts") for name in ("spend", "budget")]
    return f"SELECT * FROM ({' UNION ALL '.join(parts)}) ORDER BY kind, system, code, feed"


def _unknown(name: str, kind: str, code: str, known: str) -> str:
    feed = FEEDS[name]
    money = f"CAST(sum(p.{feed.money}) AS DECIMAL(38,4))" if feed.money else "NULL::DECIMAL(38,4)"
    currency = "p.currency" if "currency" in feed.names else "NULL::VARCHAR"
    return (
        f"SELECT '{kind}' AS kind, p.system, {code} AS code, '{name}' AS feed, "
        f"count(*) AS rows, {money} AS money, {currency} AS currency, "
        f"min(p.load) AS first_load, max(p.load) AS last_load "
        f"FROM fact_{name} p LEFT JOIN {known} k ON k.system = p.system AND k.code = {code} "
        f"WHERE p.superseded_in IS NULL AND {code} IS NOT NULL AND k.code IS NULL GROUP BY ALL"
    )
