"""Components drawn in the browser from records of formatted strings.

Each function takes records, a `key` (stable across runs) and a `label` for screen readers. Text is
formatted by `dashboard.format` before it comes here; the only numbers are sparks, sort keys and
bars. Rows link with `link("site", site="cedar-hill")`: real addresses that keep the session.

    from dashboard.components import AttentionItem, attention_list, link

    attention_list(
        [AttentionItem(
            sentence="Overtime at Cedar Hill rose to 14.2 % of worked hours.",
            site="Cedar Hill", second="Staffing · second month running",
            money="$38k", note="over budget", link=link("site", site="cedar-hill"))],
        key="attention",
    )

`subject_list` draws names with value, spark and icons; `site_grid` sites by measures;
`pivot_table` figures by rows and columns;
`responsive_table` any other table; `matrix` sites by feeds. `spark(values, lower=…, upper=…)`
and `variation(kind, high=…)` make their marks from a control chart. An empty list is not drawn by
a component: say it with `layout.empty`.
"""

from dashboard.components.attention import AttentionItem, attention_list
from dashboard.components.editor import Wish, sql_editor
from dashboard.components.feeds import (
    FeedCell,
    FeedRow,
    came_in,
    late,
    matrix,
    never_came,
    not_expected,
    partly,
)
from dashboard.components.figure import figure
from dashboard.components.grid import GridCell, GridMeasure, GridRow, site_grid
from dashboard.components.links import Link, link
from dashboard.components.marks import Assurance, Spark, Tone, Variation, spark, variation
from dashboard.components.masthead import Account, PageTab, masthead
from dashboard.components.more import link_row, more_link
from dashboard.components.pivot import PivotCell, PivotColumn, PivotRow, pivot_table
from dashboard.components.record_table import RecordColumn, record_table
from dashboard.components.subjects import SubjectItem, subject_list
from dashboard.components.table import Cell, Column, Row, responsive_table
from dashboard.components.view import View, view_of_address

__all__ = [
    "Account",
    "Assurance",
    "AttentionItem",
    "Cell",
    "Column",
    "FeedCell",
    "FeedRow",
    "GridCell",
    "GridMeasure",
    "GridRow",
    "Link",
    "PageTab",
    "PivotCell",
    "PivotColumn",
    "PivotRow",
    "RecordColumn",
    "Row",
    "Spark",
    "SubjectItem",
    "Tone",
    "Variation",
    "View",
    "Wish",
    "attention_list",
    "came_in",
    "figure",
    "late",
    "link",
    "link_row",
    "masthead",
    "matrix",
    "more_link",
    "never_came",
    "not_expected",
    "partly",
    "pivot_table",
    "record_table",
    "responsive_table",
    "site_grid",
    "spark",
    "sql_editor",
    "subject_list",
    "variation",
    "view_of_address",
]
