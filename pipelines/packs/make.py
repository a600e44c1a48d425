"""Making packs: for a director, a regional manager, or a visit to a site."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date

from pipelines import format as fmt
from pipelines.analysis import health
from pipelines.analysis.attention import Finding
from pipelines.errors import UsageProblem
from pipelines.metrics.horizon import known_months
from pipelines.packs import attention, costs, known, outlook, places, remarks, scenarios, visit
from pipelines.packs.content import Pack, Page
from pipelines.packs.facts import facts, remarks_of, totals
from pipelines.packs.view import Shared, View
from pipelines.settings import Group, Home
from pipelines.warehouse.reader import Reader

AUDIENCES = ("director", "regional", "site")

Maker = Callable[[View], Page | None]
PAGES: dict[str, tuple[Maker, ...]] = {
    "director": (
        costs.month_page, attention.attention_page, attention.regions_page, costs.year_page,
        costs.sites_page, outlook.volume_page, outlook.landing_page, scenarios.scenarios_page,
        outlook.contracts_page,
        attention.grid_page, places.places_page, remarks.notes_page,
        known.known_page,
    ),
    "regional": (
        attention.attention_page, attention.grid_page, costs.month_page, costs.sites_page,
        places.places_page, outlook.contracts_page, outlook.landing_page, remarks.notes_page,
        known.known_page,
    ),
}  # fmt: skip


def packs(
    reader: Reader,
    group: Group,
    month: date,
    audience: str,
    *,
    region: str | None = None,
    site: str | None = None,
    lines: Sequence[Finding] | None = None,
    home: Home | None = None,
) -> Iterator[Pack]:
    """The packs of a month for an audience: one, or one for each region where none is named.

    `lines` are the findings of the group's series (`signal_lines`), where the caller has them.
    `home` is where notes and scenarios are kept; without it a pack has none.
    UsageProblem for a month without data, an unknown region or site, and where a site is wanted.
    """
    month = month.replace(day=1)
    months = known_months(reader)
    if month not in months:
        reach = f"; known are {fmt.month(months[0])} to {fmt.month(months[-1])}" if months else ""
        raise UsageProblem(f"Nothing is known of {fmt.month(month)}{reach}.")
    shared = Shared(reader, month, lines, home)
    for place, where in _scopes(reader, audience, region, site):
        yield _pack(View(shared, group, month, where, place), audience)


def _scopes(
    reader: Reader, audience: str, region: str | None, site: str | None
) -> list[tuple[str, dict[str, list[str]]]]:
    sites = health.sites(reader)
    if audience not in AUDIENCES:
        raise UsageProblem(f"There is no pack for {audience}; known are {', '.join(AUDIENCES)}.")
    if audience == "regional":
        regions = sorted(set(sites["region"]) - {None})
        if region is not None and region not in regions:
            raise UsageProblem("There is no region of that name. The page Sites lists them.")
        return [(name, {"region": [name]}) for name in ([region] if region else regions)]
    if audience == "site":
        if site is None:
            raise UsageProblem("Say which site the visit is to: --site, by its code or its name.")
        found = sites.filter((sites["site"] == site) | (sites["name"] == site))
        if found.height != 1:
            many = "Several sites have" if found.height else "No site has"
            raise UsageProblem(f"{many} that code or name. The page Sites lists their codes.")
        return [(found["name"][0], {"site": [found["site"][0]]})]
    return [(health.group_name(reader), {})]


def _pack(view: View, audience: str) -> Pack:
    made: Sequence[Page | None] = (
        visit.pages(view) if audience == "site" else [page(view) for page in PAGES[audience]]
    )
    pages = tuple(page for page in made if page is not None)
    uses = [name for page in pages for name in page.uses]
    limits = view.reader.limits
    whole = "All sites" if limits.sites is None else "The sites of who made it"
    outside = " · For outside the group: small counts of patients are withheld"
    outside = outside if limits.external else ""
    scope = {"director": whole, "regional": f"{view.place} region", "site": view.place}
    return Pack(
        audience=audience,
        group=health.group_name(view.reader),
        title=pages[0].title,
        place=view.place,
        month=view.month,
        year_start=view.year.start,
        filters=f"{scope[audience]} · {view.period.name()}{outside}",
        published=view.reader.about.published,
        known_to=view.day,
        coverage=places.feeds_line(view),
        build=view.reader.build,
        pages=pages,
        definitions=known.definitions(uses),
        facts=facts(view),
        totals=totals(view),
        remarks=remarks_of(view),
    )
