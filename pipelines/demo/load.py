"""The invented group through the front door: its exports are written, then loaded like any."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date

from pipelines.demo import write_demo
from pipelines.ingest.run import ingest
from pipelines.settings import Home
from pipelines.warehouse.publish import publish
from pipelines.warehouse.record import Record

Progress = Callable[[int, int, str], None]


def load_demo(
    home: Home, today: date, seed: int = 7, scale: float = 1.0, progress: Progress | None = None
) -> str:
    """Write the invented group's exports into the home's inbox and load them; say what came in.

    A second call with the same day, seed and size finds everything loaded and changes nothing.
    """
    home.make()
    folder = home.inbox / "demo"
    if progress:
        progress(0, 0, "writing its exports")
    shutil.rmtree(folder, ignore_errors=True)
    group = write_demo(folder, seed=seed, today=today, scale=scale)
    (home.root / "settings.toml").write_text(
        f'name = "{group.name}"\ncurrency = "USD"\n', encoding="utf-8"
    )
    with Record.open(home) as record:
        outcomes = ingest(record, [folder], progress=progress)
        if any(outcome.status == "loaded" for outcome in outcomes):
            publish(record)
    loaded = [o.loaded for o in outcomes if o.loaded]
    refused = sum(o.status == "refused" for o in outcomes)
    return (
        f"{group.name}: {len(outcomes):,} files, {sum(x.records for x in loaded):,} records loaded"
        f", {sum(x.quarantined for x in loaded):,} set aside, {refused} files refused."
    )
