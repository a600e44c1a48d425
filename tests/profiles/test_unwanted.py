"""What is said of tables that no feed takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.profiles.unwanted import unwanted
from tests.loading import load_text


@pytest.mark.parametrize(
    ("headings", "said"),
    [
        ("product_code,product_type,product_name", "is a list of products: "),
        ("Id,Active,ProductCode,ProductType,Name,UnitCost", "is a list of products: "),
        ("Category Name,Parent Category Name", "is a list of product categories: "),
        ("username,locationName,roleName", "is a list of users and their roles: "),
        ("Product Code,Product Name,Quantity", "is a list of items and quantities: "),
        ("id,code,name,description", "is a list of names: "),
        ("File ,Field,Description", "is a description of other files' columns: "),
        ("district,month,year,pills", "is a table of counts by district: "),
        ("ID,Nom,Unité,Fréquence de mise à jour", "is a list of meters: "),
        ("ID,Nom,Unit\ufffd,Fr\ufffdquence de mise \ufffd jour", "is a list of meters: "),
        ("ID,Title,Status,Estimated Hours", "is a template for importing work orders: "),
        ("ID,Work Order Title,Work Order ID,Cost,Cost Category,Time (Hours),Time Hours",
         "is a list of single costs and hours of work orders: "),
    ],
)  # fmt: skip
def test_a_table_is_called_what_it_is(headings: str, said: str) -> None:
    found = unwanted(headings.split(","), None, 3)
    assert found is not None
    assert found.startswith(said)
    assert found.endswith(".")


@pytest.mark.parametrize(
    "headings",
    [
        "product_code,product_name,lot,quantity,counted on",
        "site_code,district,month,year,visits",
        "ID,Title,Status,Estimated Hours,Date created",
        "Field1,Field2",
        "",
    ],
)
def test_another_table_is_not(headings: str) -> None:
    assert unwanted(headings.split(","), None, 3) is None


def test_an_empty_template_and_a_sheet_of_instructions() -> None:
    assert unwanted(["a", "b"], "Sheet1", 0) == (
        "holds headings and no rows, as an empty import template does: there is nothing to load "
        "from it."
    )
    assert unwanted(["a", "b"], "in.zip#Instructions", 3) == (
        "is a sheet of instructions: there is nothing to load from it."
    )


def test_the_refusal_names_the_file(home: Path) -> None:
    text = "product_code,product_type,product_name\n1,Gloves,M\n2,Gloves,L\n"
    outcome = load_text(home, text, "product.csv")
    assert outcome.problem == (
        "product.csv is a list of products: no feed takes it, because it says of no site what it "
        "has, used, bought or spent."
    )
