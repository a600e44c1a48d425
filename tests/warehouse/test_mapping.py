"""A code that a person maps means that site or account in every figure from the next publish on."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from pipelines.errors import UsageProblem
from pipelines.settings import Home
from pipelines.state import What
from pipelines.warehouse import publish
from pipelines.warehouse.codes import map_account, map_site, mappings, unmap, unmapped
from pipelines.warehouse.reader import Reader, open_build
from tests.loading import EXPORTS, load, load_text, record_of

SITES = "site,name,region\nELM,Elmwood Clinic,North\nOAK,Oakdale Clinic,South\n"
SPEND = "site,supplier,document,line,date,account,amount\n"
LINES = (
    "ELM,A,1,1,2026-10-01,5000,10.10\n"
    "E-1,A,2,1,2026-10-02,5000,20.20\n"
    "E-1,A,3,1,2026-10-03,supplies,30.30\n"
    ",A,4,1,2026-10-04,,40.40\n"
)


def published(home: Path) -> Reader:
    with record_of(home) as record:
        publish.publish(record)
    return open_build(Home(home))


@pytest.fixture
def reader(home: Path) -> Reader:
    load_text(home, SITES, "sites.csv")
    load_text(home, SPEND + LINES, "spend.csv")
    return published(home)


def spent(reader: Reader, by: str = "site") -> list[tuple[object, ...]]:
    return reader.query(f"SELECT {by}, sum(amount) FROM spend GROUP BY ALL ORDER BY 1").rows()


def test_unknown_codes_are_listed_with_their_rows_and_money(reader: Reader) -> None:
    frame = unmapped(reader).select("kind", "system", "code", "feed", "rows", "money", "currency")
    assert frame.rows() == [
        ("account", "rounds", "5000", "spend", 2, Decimal("30.3000"), "USD"),
        ("site", "rounds", "E-1", "spend", 2, Decimal("50.5000"), "USD"),
    ]


def test_a_mapped_site_code_is_that_site_s(home: Path, reader: Reader) -> None:
    assert spent(reader) == [
        ("ELM", Decimal("10.10")), ("~group", Decimal("40.40")), ("~unmapped", Decimal("50.50")),
    ]  # fmt: skip
    told = map_site(reader, Home(home), "rounds", "E-1", "elmwood clinic", "ana")
    assert (told.meaning, told.used) == ("ELM", True)
    after = published(home)
    assert spent(after) == [("ELM", Decimal("60.60")), ("~group", Decimal("40.40"))]
    assert unmapped(after)["kind"].to_list() == ["account"]
    unmap(Home(home), What.SITE, "rounds", "E-1", "ben")
    assert spent(published(home)) == spent(reader)
    assert mappings(Home(home)).height == 0
    assert mappings(Home(home), ever=True).select("code", "meaning", "author").rows() == [
        ("E-1", "ELM", "ana"), ("E-1", None, "ben"),
    ]  # fmt: skip


def test_a_mapping_wins_over_the_register(home: Path) -> None:
    load_text(home, "site,name,codes\nELM,Elmwood,xero=5\nOAK,Oakdale,\n", "sites.csv")
    load_text(home, SPEND + "ELM,A,1,1,2026-10-01,5000,10\n", "spend.csv")
    reader = published(home)
    map_site(reader, Home(home), "rounds", "ELM", "OAK")
    assert spent(published(home)) == [("OAK", Decimal(10))]


def test_a_mapped_account_is_that_subject_s(home: Path, reader: Reader) -> None:
    by = "subject || ': ' || account_title"
    assert spent(reader, by)[1:] == [
        ("unmapped: 5000", Decimal("30.30")), (None, Decimal("40.40")),
    ]  # fmt: skip
    map_account(reader, Home(home), "rounds", "5000", "Medical supplies")
    assert spent(published(home), by)[0] == ("supplies: Medical supplies", Decimal("30.30"))
    map_account(reader, Home(home), "rounds", "5000", "facilities", title="Boiler")
    assert spent(published(home), by)[0] == ("facilities: Boiler", Decimal("30.30"))


def test_a_mapping_makes_the_build_out_of_date(home: Path, reader: Reader) -> None:
    with record_of(home) as record:
        assert publish.is_current(record)
        map_site(reader, Home(home), "rounds", "E-1", "ELM")
        assert not publish.is_current(record)
        publish.publish(record)
        assert publish.is_current(record)
        unmap(Home(home), What.SITE, "rounds", "E-1")
        assert not publish.is_current(record)


def test_a_site_that_only_a_file_names_becomes_another(home: Path) -> None:
    load_text(home, SITES, "sites.csv")
    load(home, EXPORTS / "nhs_ae")
    reader = published(home)
    names = "SELECT site FROM sites WHERE site NOT LIKE '~%' ORDER BY 1"
    ids = reader.query(names)["site"].to_list()
    given = [site for site in ids if site not in ("ELM", "OAK")]
    count = 'SELECT site, sum("count") AS n FROM volume GROUP BY ALL ORDER BY 1'
    before = dict(reader.query(count).rows())
    # One to a registered site, and one to another that only the file names.
    map_site(reader, Home(home), "nhs_ods", given[0], "ELM")
    map_site(reader, Home(home), "nhs_ods", given[1], given[2])
    after = published(home)
    assert after.query(names)["site"].to_list() == sorted(["ELM", "OAK", given[2]])
    assert dict(after.query(count).rows()) == {
        "ELM": before[given[0]], given[2]: before[given[1]] + before[given[2]],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("site", "said"),
    [
        ("ELN", "There is no site ELN; did you mean ELM?"),
        ("zzz", "There is no site zzz; load a register of sites that names it first."),
    ],
)
def test_a_site_that_is_not_known(home: Path, reader: Reader, site: str, said: str) -> None:
    with pytest.raises(UsageProblem) as problem:
        map_site(reader, Home(home), "rounds", "E-1", site)
    assert str(problem.value) == said
    assert mappings(Home(home), ever=True).height == 0


def test_what_is_no_account_or_no_mapping(home: Path, reader: Reader) -> None:
    with pytest.raises(UsageProblem, match="did you mean Medical supplies"):
        map_account(reader, Home(home), "rounds", "5000", "Medical suplies")
    with pytest.raises(UsageProblem, match="Nobody has mapped site code E-1 of rounds"):
        unmap(Home(home), What.SITE, "rounds", "E-1")
