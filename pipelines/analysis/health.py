"""Data health: what came in, what is late, what was set aside, what nobody has mapped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import polars as pl

from pipelines.feeds import FEEDS, Policy
from pipelines.metrics.compile import Scope
from pipelines.warehouse.changes import changes, moved_by
from pipelines.warehouse.needs import NEEDS
from pipelines.warehouse.reader import Reader

SHOWN = ("labor", "labor.pay", "volume", "supply_moves", "stock", "work_orders", "spend")


def matrix(reader: Reader, month: date, where: Mapping[str, Sequence[str]]) -> pl.DataFrame:
    """(site, site_name, need, state) for a month: in, late, never or not expected.

    Late: the site has sent it before, and not for this month. Never: sites of its kind send it,
    this one never has. States are "in", "late", "never" and "none".
    """
    conditions, values = Scope(where).conditions(frozenset())
    needs = ", ".join(f"'{need}'" for need in SHOWN)
    return reader.query(
        "WITH kinds AS (SELECT DISTINCT s.kind, c.need FROM coverage c "
        "JOIN sites s ON s.site = c.site), ever AS (SELECT DISTINCT site, need FROM coverage) "
        "SELECT s.site, s.name AS site_name, n.need, CASE "
        "WHEN c.present THEN 'in' WHEN c.present = false THEN 'late' "
        "WHEN e.site IS NULL AND k.need IS NOT NULL THEN 'never' ELSE 'none' END AS state "
        f"FROM sites s CROSS JOIN (SELECT unnest([{needs}]) AS need) n "
        "LEFT JOIN coverage c ON c.site = s.site AND c.need = n.need AND c.month = ? "
        "LEFT JOIN ever e ON e.site = s.site AND e.need = n.need "
        "LEFT JOIN kinds k ON k.kind = s.kind AND k.need = n.need "
        "WHERE s.site NOT LIKE '~%' AND coalesce(s.opened, DATE '1900-01-01') <= ? "
        f"AND coalesce(s.closed, DATE '9999-12-31') >= ? AND {conditions} ORDER BY s.name, n.need",
        [month, month, month, *values],
    )


def site_feeds(reader: Reader, where: Mapping[str, Sequence[str]]) -> pl.DataFrame:
    """(need, what, last) of what sites of the scope have sent: the latest month that is there."""
    conditions, values = Scope(where).conditions(frozenset({"site"}))
    needs = ", ".join(f"'{need}'" for need in SHOWN)
    frame = reader.query(
        "SELECT f.need, max(f.month) AS last FROM coverage f JOIN sites s ON s.site = f.site "
        f"WHERE f.present AND f.need IN ({needs}) AND {conditions} GROUP BY f.need",
        values,
    )
    order = {need: at for at, need in enumerate(SHOWN)}
    what = {need.name: need.what for need in NEEDS.values()}
    return (
        frame.with_columns(
            what=pl.col("need").replace_strict(what, default="", return_dtype=pl.String),
            order=pl.col("need").replace_strict(order, return_dtype=pl.Int64),
        )
        .sort("order")
        .select("need", "what", "last")
    )


def gaps(reader: Reader, start: date, stop: date) -> pl.DataFrame:
    """(site, site_name, need, what, month) of site-months that are expected and absent."""
    frame = reader.query(
        "SELECT c.site, s.name AS site_name, c.need, c.month FROM coverage c "
        "JOIN sites s ON s.site = c.site WHERE NOT c.present AND c.month BETWEEN ? AND ? "
        "ORDER BY c.month DESC, s.name, c.need",
        [start, stop],
    )
    what = {need.name: need.what for need in NEEDS.values()}
    return frame.with_columns(
        what=pl.col("need").replace_strict(what, default="", return_dtype=pl.String)
    )


def loads(reader: Reader) -> pl.DataFrame:
    """The ledger, newest first, with whether each load still stands."""
    return reader.query(
        "SELECT l.*, u.event AS undone_by FROM loads l "
        "LEFT JOIN loads u ON u.undoes = l.event ORDER BY l.event DESC"
    )


def restated(reader: Reader) -> pl.DataFrame:
    """(event, moment, path, profile, superseded) of loads that replaced slices, newest first.

    Updates by key (a work order that was completed) are the normal course, not a restatement.
    """
    merged = ", ".join(f"'{f.name}'" for f in FEEDS.values() if f.policy is Policy.UPSERT)
    return reader.query(
        "SELECT event, moment, path, profile, superseded FROM loads WHERE superseded > 0 "
        f"AND len(list_filter(map_keys(rows), f -> f NOT IN ({merged}))) > 0 ORDER BY event DESC"
    )


def accounts(reader: Reader) -> pl.DataFrame:
    """(title) of the known accounts, by title."""
    return reader.query("SELECT DISTINCT title FROM accounts WHERE title IS NOT NULL ORDER BY 1")


def untied(reader: Reader) -> pl.DataFrame:
    """(load, path, record, column, scope, stated, summed, difference) of totals that don't tie."""
    return reader.query(
        "SELECT t.load, l.path, t.record, t.column, t.scope, t.stated, t.summed, t.difference "
        "FROM totals t JOIN loads l ON l.event = t.load WHERE t.difference <> 0 "
        "AND t.load NOT IN (SELECT undoes FROM loads WHERE undoes IS NOT NULL) "
        "ORDER BY t.load DESC, t.record, t.column"
    )


def changed(reader: Reader) -> pl.DataFrame:
    """What replaced, corrected or withdrew a figure (see `pipelines.warehouse.changes`).

    Newest first. A load that only adds rows to a month is the normal course, and is left out.
    """
    events = reader.query(
        "SELECT event FROM loads WHERE superseded > 0 OR corrects IS NOT NULL OR what = 'undo'"
    )
    if events.is_empty():
        return pl.DataFrame()
    first = reader.query("SELECT min(event) AS first FROM loads")["first"][0]
    feeds = moved_by(reader, events["event"].to_list())
    return changes(reader, first, feeds).join(events, on="event", how="semi").reverse()


def sites(reader: Reader) -> pl.DataFrame:
    """(site, name, kind, region, beds, opened, closed, provisional) of every real site, by name."""
    return reader.query(
        "SELECT site, name, kind, region, beds, opened, closed, provisional FROM sites "
        "WHERE site NOT LIKE '~%' ORDER BY name, site"
    )


def group_name(reader: Reader) -> str:
    """The group's own name for itself."""
    return reader.about.group_name


def currency(reader: Reader) -> str:
    """The group's own currency."""
    return reader.about.currency


def load_days(reader: Reader, most: int = 25) -> list[tuple[date, int]]:
    """The last load of each of the latest days on which files came, the latest first."""
    found = reader.once(
        "SELECT CAST(moment AS DATE) AS day, max(event) AS event FROM loads GROUP BY 1 "
        f"ORDER BY 1 DESC LIMIT {most}"
    )
    return list(found.iter_rows())
