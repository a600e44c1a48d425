"""The command that writes meeting packs: slides, a workbook and paper, from the app's figures."""

from __future__ import annotations

from pathlib import Path

import click

from pipelines.errors import UsageProblem
from pipelines.options import external_option, home_option, month
from pipelines.settings import Home
from pipelines.terminal import say


@click.command()
@click.option("--period", required=True, help="The month, as 2026-10.")
@click.option(
    "--for",
    "audience",
    type=click.Choice(["director", "regional", "site"]),
    required=True,
    help="Who it is for: the group's meeting, a region's review, or a visit to a site.",
)
@click.option("--region", help="The region of a regional pack (default: one pack for each).")
@click.option("--site", help="The site of a visit, by its code or its name.")
@click.option(
    "--out",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder to write into.",
)
@click.option("--formats", default="pptx,xlsx,pdf", help="Some of pptx, xlsx and pdf.")
@external_option
@home_option
def pack(
    period: str, audience: str, region: str | None, site: str | None, out: Path, formats: str,
    external: bool, home: Path | None,
) -> None:  # fmt: skip
    """Write a meeting pack: slides, a workbook with live formulas, and a tagged PDF."""
    from pipelines.access.viewing import opened
    from pipelines.packs.make import packs
    from pipelines.packs.write import FORMATS, write_pack

    wanted = [form.strip() for form in formats.split(",") if form.strip()]
    unknown = [form for form in wanted if form not in FORMATS]
    if unknown or not wanted:
        raise UsageProblem(f"The formats are {', '.join(FORMATS)}. Give some of them.")
    if (region and audience != "regional") or (site and audience != "site"):
        raise UsageProblem("A region belongs to --for regional, a site to --for site.")
    place = Home.find(home)
    made = packs(
        opened(place, external=external), place.group(), month(period), audience, region=region,
        site=site, home=place,
    )  # fmt: skip
    for one in made:
        for path in write_pack(one, out, wanted):
            say(f"Wrote {path}.")
