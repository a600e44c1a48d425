"""Scenarios as text, TOML and JSON: what is written is read back, what can't be is refused."""

from __future__ import annotations

import json
import re
from datetime import date
from decimal import Decimal
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.analysis.scenarios import saved
from pipelines.analysis.scenarios.scenario import KINDS, PRICED, Lever, Scenario
from pipelines.errors import UsageProblem
from pipelines.settings import Home
from pipelines.state import What, history

TEXT = "agency:-20%@site=ELM/OAK,from=2026-11"


def levers() -> st.SearchStrategy[Lever]:
    def of(kind: str) -> st.SearchStrategy[Lever]:
        known = KINDS[kind]
        values = st.lists(st.text(min_size=1, max_size=8).filter(str.strip), min_size=1, max_size=3)
        subjects = st.lists(st.sampled_from(PRICED), min_size=1, max_size=3)
        scopes = st.dictionaries(st.sampled_from(known.scopes), values, max_size=2)
        months = st.none() | st.dates(date(2020, 1, 1), date(2030, 12, 1)).map(
            lambda day: day.replace(day=1)
        )
        return st.builds(
            lambda size, scope, subject, start, way: Lever(
                kind,
                size,
                tuple((n, tuple(subject if n == "subject" else v)) for n, v in scope.items()),
                start,
                None,
                way,
            ),
            st.decimals(known.least, known.most, places=2),
            scopes,
            subjects,
            months,
            st.sampled_from(known.ways),
        )

    return st.sampled_from(sorted(KINDS)).flatmap(of)


SCENARIOS = st.lists(levers(), max_size=5).map(lambda found: Scenario(tuple(found)))


def test_a_person_s_text_is_understood() -> None:
    [lever] = Scenario.parse(TEXT).levers
    assert lever == Lever(
        "agency", Decimal(-20), (("site", ("ELM", "OAK")),), date(2026, 11, 1), None, "staff"
    )


def test_the_written_form_needs_no_escape_in_an_address() -> None:
    text = "wage:+2.50%@kind=Nursing home,role=RN & co~price:-3@subject=supplies"
    code = Scenario.parse(text).code
    assert code == "wage:2.5@kind=Nursing!20home,role=RN!20!26!20co~price:-3@subject=supplies"
    assert parse_qs(f"scenario={code}") == {"scenario": [code]}


@given(SCENARIOS)
def test_a_scenario_reads_back_from_all_its_forms(scenario: Scenario) -> None:
    assert Scenario.parse(scenario.code) == scenario
    assert Scenario.read(scenario.to_json()) == scenario
    assert Scenario.read(scenario.to_toml()) == scenario
    assert re.fullmatch(r"[A-Za-z0-9_.\-!~:@,=/]*", scenario.code)


def test_equal_levers_have_one_form() -> None:
    one = Scenario.parse("agency:-20.0@region=North,site=OAK/ELM/OAK,how=staff")
    assert one.code == "agency:-20@site=ELM/OAK,region=North"


def test_toml_as_a_person_writes_it() -> None:
    text = """
[[levers]]
lever = "overtime"
size = "-50%"
region = "North"
from = "2026-11"
how = "drop"
"""
    assert Scenario.read(text).code == "overtime:-50@region=North,from=2026-11,how=drop"
    record = json.loads(Scenario.parse("volume:-5").to_json())
    assert record == {"levers": [{"lever": "volume", "size": "-5"}]}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("agency", "A lever is written as"),
        ("agencies:-20", "no lever of that name"),
        ("agency:20", "goes from -100 to 0"),
        ("agency:lots", "number of per cent"),
        ("agency:nan", "goes from -100 to 0"),
        ("agency:-1e-9", "decimals at most"),
        ("agency:-20@contract=C1", "can't be narrowed by that"),
        ("agency:-20@site=", "site is empty"),
        ("agency:-20@site=A,site=B", "each once"),
        ("agency:-20@ELM", "each once"),
        ("agency:-20@from=November", "written as 2026-11"),
        ("agency:-20@from=2026-13", "written as 2026-11"),
        ("agency:-20@from=2026-12,to=2026-11", "ends before it begins"),
        ("agency:-20@how=gently", "staff, drop"),
        ("wage:3@how=drop", "one way only"),
        ("price:3@subject=staffing", "supplies, facilities, contracts"),
        ("wage:1~" * 21, "at most 20 levers"),
        ("price:3@site=" + "A" * 4000, "too long"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(text: str, said: str) -> None:
    with pytest.raises(UsageProblem, match=said):
        Scenario.parse(text)


@pytest.mark.parametrize("text", ["[[levers]", "{", '{"levers": 3}', '{"levers": [3]}', "levers=1"])
def test_a_file_that_holds_no_scenario_is_refused(text: str) -> None:
    with pytest.raises(UsageProblem, match="can't be understood"):
        Scenario.read(text)


def test_an_unknown_entry_is_refused() -> None:
    with pytest.raises(UsageProblem, match="nothing else"):
        Scenario.read('{"levers": [{"lever": "wage", "size": "3", "place": "North"}]}')


def test_scenarios_are_kept_with_author_and_time(home: object) -> None:
    place = Home.find()
    saved.save(place, "  Less   agency ", Scenario.parse(TEXT), "ada")
    saved.save(place, "Less agency", Scenario.parse("agency:-10"), "bob")
    [one] = saved.saved(place)
    assert (one.name, one.scenario.code, one.author) == ("Less agency", "agency:-10", "bob")
    assert saved.recalled(place, "Less agency") == Scenario.parse("agency:-10")
    assert saved.recalled(place, "wage:3") == Scenario.parse("wage:3")
    saved.forget(place, "Less agency", "cyd")
    assert saved.saved(place) == []
    assert [d.author for d in history(place, What.SCENARIO)] == ["ada", "bob", "cyd"]


def test_names_that_cannot_be_kept_or_found(home: object) -> None:
    place = Home.find()
    for name in ("", "a:b", "x" * 61):
        with pytest.raises(UsageProblem, match="1 to 60 characters"):
            saved.save(place, name, Scenario.parse("wage:3"))
    with pytest.raises(UsageProblem, match="no lever"):
        saved.save(place, "Nothing", Scenario())
    saved.save(place, "Less agency", Scenario.parse("agency:-10"))
    with pytest.raises(UsageProblem, match="did you mean Less agency"):
        saved.recalled(place, "Less agenda")
    with pytest.raises(UsageProblem, match="There is no scenario More"):
        saved.forget(place, "More")
