"""The feeds: the kinds of facts that Rounds accepts, one small file each.

A new feed is a file here with a `FEED` and its name in this list; its table, template, plain
profile and place on the data page follow from it.
"""

from pipelines.feeds import (
    assets,
    budget,
    contracts,
    feedback,
    labor,
    ledger,
    positions,
    purchases,
    remits,
    sites,
    spend,
    stock,
    supply_moves,
    targets,
    volume,
    work_orders,
)
from pipelines.feeds.model import Column, Feed, Kind, Policy, literal

FEEDS: dict[str, Feed] = {
    module.FEED.name: module.FEED
    for module in (
        sites,
        labor,
        volume,
        stock,
        supply_moves,
        assets,
        work_orders,
        purchases,
        contracts,
        spend,
        budget,
        ledger,
        positions,
        feedback,
        remits,
        targets,
    )
}

__all__ = ["FEEDS", "Column", "Feed", "Kind", "Policy", "literal"]
