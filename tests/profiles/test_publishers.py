"""Who published a file, by the words around its table."""

from __future__ import annotations

import pytest

from pipelines.profiles.publishers import PATTERNS


@pytest.mark.parametrize(
    ("name", "publisher"),
    [
        ("ELM 01 - April.csv", "ELM"),
        ("OAK 01- April.pdf.csv", "OAK"),
        ("ELM_Merged.xlsx", "ELM"),
        ("elmwood_october-2026.csv", "elmwood"),
        ("elmwood_2026-10.csv", "elmwood"),
        ("Elmwood-payments-over-250-june-2026.csv", "Elmwood"),
        ("GEA expenditure over £250 - Period 5.csv", "GEA"),
        ("elmwood college hospital spend over 25k jul 2026.xlsx", "elmwood college hospital"),
        ("NHS-Elm-CCG-Spend-Over-25K.csv", "NHS-Elm-CCG"),
        ("City of Elmwood checkbook.csv", "City of Elmwood"),
        ("Mayfield 2026.csv", "Mayfield"),  # no month
        ("Spend over 25k October 2026.csv", None),
        ("April 2026 payments.csv", None),
        ("council-spending-over-500.csv", None),
        ("NHS spend over 25k.csv", None),
        ("Open_Checkbook_2026.csv", None),
        ("202610 expenditure.csv", None),
        ("export.csv", None),
    ],
)
def test_the_file_s_name(name: str, publisher: str | None) -> None:
    found = PATTERNS["@publisher"].search(name)
    assert (found and found[1]) == publisher


@pytest.mark.parametrize(
    ("title", "body"),
    [
        ("Elmwood Care Trust", "Elmwood Care Trust"),
        ("Expenditure over £500 by Elmwood City Council in May", "Elmwood City Council"),
        ("Payments made by NHS Elm And Oak CCG", "NHS Elm And Oak CCG"),
        ("Greater Elmwood Authority", "Greater Elmwood Authority"),
        ("Elm Hospital NHS Foundation Trust - spend over 25k", "Elm Hospital NHS Foundation Trust"),
        ("City of Elmwood Open Checkbook", "City of Elmwood"),
        ("Elm County", "Elm County"),
        ("Spend over £25,000", None),
        ("Council spending over £500", None),
        ("Council tax refunds", None),
        ("Sheet1", None),
    ],
)
def test_a_title_above_the_table(title: str, body: str | None) -> None:
    found = PATTERNS["@public_body"].search(title)
    assert (found and found[1]) == body
