"""Runs with the packages of `superset.lock`: makes two dashboards of eight panels over a star.

`python superset_home.py STAR`; SUPERSET_CONFIG_PATH and SUPERSET_HOME are set by who starts it.
"""

from __future__ import annotations

import json
import sys
from typing import Any

DATASETS = {
    "labor": "SELECT f.*, s.region FROM labor f JOIN sites s USING (site)",
    "volume": "SELECT f.*, s.region FROM volume f JOIN sites s USING (site)",
    "spend": "SELECT f.*, s.region FROM spend f JOIN sites s USING (site)",
    "stock": "SELECT f.*, s.region FROM stock f JOIN sites s USING (site)",
}
SHARE = "SUM(CASE WHEN agency THEN hours ELSE 0 END) / SUM(hours)"
# Title, table, measure, what to group by besides the month; a bar by the last where no month.
PANELS: tuple[tuple[tuple[str, str, str, str | None, bool], ...], ...] = (
    (
        ("Worked hours", "labor", "SUM(hours)", None, True),
        ("Agency share", "labor", SHARE, None, True),
        ("Visits", "volume", "SUM(count)", None, True),
        ("Spend", "spend", "SUM(amount)", None, True),
        ("Spend by subject", "spend", "SUM(amount)", "subject", True),
        ("Stock value", "stock", "SUM(value)", None, True),
        ("Suppliers", "spend", "SUM(amount)", "supplier", False),
        ("Hours by role", "labor", "SUM(hours)", "role", False),
    ),
    (
        ("Hours by region", "labor", "SUM(hours)", "region", True),
        ("Share by region", "labor", SHARE, "region", True),
        ("Visits by region", "volume", "SUM(count)", "region", True),
        ("Spend by region", "spend", "SUM(amount)", "region", True),
        ("Stock by category", "stock", "SUM(value)", "category", True),
        ("Pay by role", "labor", "SUM(amount)", "role", True),
        ("Hours by site", "labor", "SUM(hours)", "site", False),
        ("Spend by site", "spend", "SUM(amount)", "site", False),
    ),
)


def form(panel: tuple[str, str, str, str | None, bool], dataset: Any) -> dict[str, Any]:
    """What a chart's editor would have saved."""
    _, _, measure, by, monthly = panel
    metric = {"expressionType": "SQL", "sqlExpression": measure, "label": "value"}
    source = {"datasource": f"{dataset.id}__table", "adhoc_filters": [], "row_limit": 1000}
    if monthly:
        return {**source, "viz_type": "echarts_timeseries_line", "x_axis": "month",
                "time_grain_sqla": None, "metrics": [metric],
                "groupby": [by] if by else []}  # fmt: skip
    return {**source, "viz_type": "table", "query_mode": "aggregate", "groupby": [by],
            "metrics": [metric], "row_limit": 15, "order_desc": True}  # fmt: skip


def layout(charts: list[Any]) -> dict[str, Any]:
    """Two rows of four."""
    tree: dict[str, Any] = {
        "DASHBOARD_VERSION_KEY": "v2",
        "ROOT_ID": {"type": "ROOT", "id": "ROOT_ID", "children": ["GRID_ID"]},
        "GRID_ID": {"type": "GRID", "id": "GRID_ID", "children": ["R0", "R1"],
                    "parents": ["ROOT_ID"]},
    }  # fmt: skip
    for row in range(2):
        names = [f"C{at}" for at in range(4 * row, 4 * row + 4)]
        tree[f"R{row}"] = {"type": "ROW", "id": f"R{row}", "children": names,
                           "meta": {"background": "BACKGROUND_TRANSPARENT"},
                           "parents": ["ROOT_ID", "GRID_ID"]}  # fmt: skip
        for at in range(4 * row, 4 * row + 4):
            tree[f"C{at}"] = {
                "type": "CHART", "id": f"C{at}", "children": [],
                "parents": ["ROOT_ID", "GRID_ID", f"R{row}"],
                "meta": {"chartId": charts[at].id, "width": 3, "height": 40,
                         "sliceName": charts[at].slice_name},
            }  # fmt: skip
    return tree


def main(star: str) -> None:
    from superset.app import create_app

    app = create_app()
    with app.app_context():
        from superset import db, security_manager
        from superset.connectors.sqla.models import SqlaTable
        from superset.models.core import Database
        from superset.models.dashboard import Dashboard
        from superset.models.slice import Slice

        admin = security_manager.find_user("admin")
        database = Database(
            database_name="star", sqlalchemy_uri=f"duckdb:///{star}?access_mode=READ_ONLY"
        )
        db.session.add(database)
        db.session.flush()
        datasets = {}
        for name, sql in DATASETS.items():
            dataset = SqlaTable(table_name=name, sql=sql, database=database, owners=[admin])
            db.session.add(dataset)
            db.session.flush()
            dataset.fetch_metadata()
            datasets[name] = dataset
        first = datasets["labor"].id
        for number, panels in enumerate(PANELS):
            charts = []
            for panel in panels:
                dataset = datasets[panel[1]]
                told = form(panel, dataset)
                chart = Slice(
                    slice_name=panel[0], datasource_type="table", datasource_id=dataset.id,
                    viz_type=told["viz_type"], params=json.dumps(told), owners=[admin],
                )  # fmt: skip
                db.session.add(chart)
                charts.append(chart)
            db.session.flush()
            region = {
                "id": "NATIVE_FILTER-region", "name": "Region", "filterType": "filter_select",
                "targets": [{"datasetId": first, "column": {"name": "region"}}],
                "scope": {"rootPath": ["ROOT_ID"], "excluded": []}, "type": "NATIVE_FILTER",
                "controlValues": {"multiSelect": True, "enableEmptyFilter": False},
                "defaultDataMask": {"extraFormData": {}, "filterState": {}}, "cascadeParentIds": [],
            }  # fmt: skip
            dashboard = Dashboard(
                dashboard_title=f"Group {number + 1}", slug=f"group-{number + 1}", slices=charts,
                position_json=json.dumps(layout(charts)), published=True, owners=[admin],
                json_metadata=json.dumps({"native_filter_configuration": [region]}),
            )  # fmt: skip
            db.session.add(dashboard)
        db.session.commit()


if __name__ == "__main__":
    main(sys.argv[1])
