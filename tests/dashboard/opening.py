"""Opening a page without a browser, and reading what stands on it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from streamlit.testing.v1 import AppTest

from dashboard import ahead
from pipelines.settings import Home
from pipelines.warehouse.publish import publish
from pipelines.warehouse.record import Record

ESCAPED = re.compile(r"\\([^a-zA-Z0-9\s])")


@dataclass(frozen=True)
class Opened:
    """A page after its run: its texts as people read them, and its tables by their labels."""

    test: AppTest

    @property
    def title(self) -> str:
        [title] = self.test.title
        return plain(title.value)

    @property
    def headings(self) -> list[str]:
        return [plain(one.value) for one in [*self.test.header, *self.test.subheader]]

    @property
    def words(self) -> str:
        return "\n".join([*self.headings, *(plain(one.value) for one in self.test.markdown)])

    def rows(self, label: str) -> list[list[str]]:
        """The cells' texts of the table of this label."""
        [table] = [data for data in self._components("responsive_table") if data["label"] == label]
        return [[cell["text"] for cell in row] for row in rows_of(table)]

    def cells(self, label: str) -> list[list[dict[str, Any]]]:
        [table] = [data for data in self._components("responsive_table") if data["label"] == label]
        return rows_of(table)

    def pivot(self, label: str) -> dict[str, Any]:
        """The pivot table of this label, as the browser gets it."""
        [table] = [data for data in self._components("pivot_table") if data["label"] == label]
        return table

    def figures(self, label: str) -> list[list[str]]:
        """The names and figures of a pivot table, its headings first."""
        table = self.pivot(label)
        heads = [table["first"]["label"], *(column["label"] for column in table["columns"])]
        return [
            heads,
            *(
                [row["name"], *(cell.get("text", "") for cell in row["cells"])]
                for row in table["rows"]
            ),
        ]

    def items(self, component: str) -> list[dict[str, Any]]:
        """The rows of a list component: attention_list, subject_list."""
        return [row for data in self._components(component) for row in data["rows"]]

    @property
    def labels(self) -> list[str]:
        return [data["label"] for data in self._components("responsive_table")]

    def _components(self, name: str) -> Iterator[dict[str, Any]]:
        for element in self.test.get("bidi_component"):
            if element.proto.component_name.endswith(name):
                yield json.loads(element.proto.json)


def rows_of(table: dict[str, Any]) -> list[list[dict[str, Any]]]:
    """The cells of a table's rows, each with what it has: tables are sent by column."""
    count, columns = table["count"], table["cells"]
    rows: list[list[dict[str, Any]]] = [[{} for _ in columns] for _ in range(count)]
    for at, column in enumerate(columns):
        for name, values in column.items():
            if not isinstance(values, dict):
                pairs = list(enumerate(values))
            elif "of" in values:
                pairs = [(row, values["of"][which]) for row, which in enumerate(values["is"])]
            else:
                pairs = list(zip(values["at"], values["is"], strict=True))
            for number, value in pairs:
                if value is not None:
                    rows[number][at][name] = value
    return rows


def opened(page: str, **query: str) -> Opened:
    """The page on the home that ROUNDS_HOME names; a fault in it fails the test.

    It waits for what is made in the background.
    """
    test = AppTest.from_string(
        f"from dashboard.views import {page}\n{page}.page()\n", default_timeout=60
    )
    for name, value in query.items():
        test.query_params[name] = value
    with patch.object(ahead, "PATIENCE", 60):
        test.run()
    assert [fault.message for fault in test.exception] == []
    return Opened(test)


def plain(text: str) -> str:
    """Markdown as it was before it was escaped, without size and colour."""
    bare = re.sub(r"^(?::small\[)?:gray\[(.*?)\]+$", r"\1", text, flags=re.DOTALL)
    return ESCAPED.sub(r"\1", bare)


def published(home: Home) -> None:
    with Record.open(home) as record:
        publish(record)
