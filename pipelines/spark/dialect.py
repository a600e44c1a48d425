"""From the SQL that the metrics and the read model are written in to Spark's, by sqlglot.

sqlglot carries most of it over as it is. The rules here are for what means something else in Spark
though it looks alike, and for what it has no word for:

- `/` is a division of doubles in DuckDB, whatever is divided; Spark divides decimals as decimals.
- Weekdays are counted from other days.
- `datediff('month', …)` counts the months' ends between; Spark's counts whole months.
- `arg_max(x, y)` looks at rows with an `x` alone; Spark's `max_by` at all.
- `unnest(range(…))` within an expression becomes a lateral view; a range has no end.
- `* REPLACE` and named windows that are added to are written out.
- An ASOF join becomes a join to the span in which each row is the latest.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlglot
from sqlglot import exp

from pipelines.warehouse.noticed import OWN


def carried(
    sql: str,
    parameters: list[Any] | Mapping[str, Any] | None = None,
    columns: Mapping[str, str] | None = None,
) -> str:
    """A query in Spark's dialect, with the values of its parameters in it.

    Tables' catalogues (`main.`) are left out: all are views of one session. `columns` are those of
    the result, with their types, where queries are united by name.
    """
    tree = sqlglot.parse_one(sql, read="duckdb")
    _by_place(tree, columns or {})
    tree = _bound(tree, parameters)
    for rule in (_unqualified, _asof, _windows, _stars, _all_nodes, _series, _unnested):
        tree = rule(tree)
    return str(tree.sql(dialect="spark"))


def tables_in(sql: str) -> set[str]:
    """The names of the tables that a query reads, those that it makes itself among them."""
    return {table.name for table in sqlglot.parse_one(sql, read="duckdb").find_all(exp.Table)}


def with_holidays(sql: str, connection: Any) -> str:
    """A query with the group's own holidays in it: Spark looks nothing up within a list's function.

    `connection` is DuckDB's, to a build with the table `holidays`.
    """
    if OWN not in sql:
        return sql
    [(days,)] = connection.execute(f"SELECT {OWN}").fetchall()
    return sql.replace(OWN, f"CAST({'NULL' if days is None else sorted(days)} AS INTEGER[])")


def order_of(sql: str) -> str:
    """The ORDER BY of a query, in DuckDB's dialect; "" where it has none."""
    order = sqlglot.parse_one(sql, read="duckdb").args.get("order")
    if order is None:
        return ""
    for column in list(order.find_all(exp.Column)):
        column.set("table", None)  # of the result, no longer of the tables that it came from
    return str(order.sql("duckdb"))


def _by_place(tree: exp.Expression, columns: Mapping[str, str]) -> None:
    """UNION ALL BY NAME with every column named on both sides; what the second lacks is null."""
    for union in list(tree.find_all(exp.Union)):
        if not union.args.get("by_name"):
            continue
        union.set("by_name", None)
        given = {one.alias_or_name for one in union.expression.expressions}
        for side, has in (("this", set(columns)), ("expression", given)):
            inner = union.args[side].copy()
            ctes = inner.args.get("with_") or inner.args.get("with")
            if ctes is not None:
                key = "with_" if "with_" in inner.arg_types else "with"
                inner.set(key, None)
                union.set(key, ctes)
            listed = (
                f'"{c}"' if c in has else f'CAST(NULL AS {k}) AS "{c}"' for c, k in columns.items()
            )
            outer = sqlglot.parse_one(f"SELECT {', '.join(listed)} FROM (SELECT 1) AS side",
                                      read="duckdb")  # fmt: skip
            held = outer.find(exp.Subquery)
            assert held is not None
            held.set("this", inner)
            union.set(side, outer)


def _bound(tree: exp.Expression, parameters: Any) -> exp.Expression:
    given = list(parameters) if isinstance(parameters, list) else []
    for mark in list(tree.find_all(exp.Placeholder, bfs=False)):
        value = given.pop(0) if not mark.name or mark.name == "?" else parameters[mark.name]
        mark.replace(_literal(value))
    for named in list(tree.find_all(exp.Parameter)):
        named.replace(_literal(parameters[named.this.name]))
    return tree


def _literal(value: Any) -> exp.Expression:
    if value is None:
        return exp.Null()
    if isinstance(value, bool):
        return exp.Boolean(this=value)
    if isinstance(value, datetime):
        return exp.cast(exp.Literal.string(value.isoformat(" ")), "TIMESTAMP")
    if isinstance(value, date):
        return exp.cast(exp.Literal.string(value.isoformat()), "DATE")
    if isinstance(value, int | float | Decimal):
        return exp.Literal.number(str(value))
    return exp.Literal.string(str(value))


def _unqualified(tree: exp.Expression) -> exp.Expression:
    for table in tree.find_all(exp.Table):
        table.set("db", None)
        table.set("catalog", None)
    return tree


def _asof(tree: exp.Expression) -> exp.Expression:
    """`ASOF JOIN c ON c.k = r.k AND c.date <= r.day`: c with the day on which its next takes over.

    That a key has each day once is for the query to see to.
    """
    for join in tree.find_all(exp.Join):
        if (join.args.get("method") or "").upper() != "ASOF":
            continue
        name = join.this.alias or join.this.name
        [upto] = [part for part in join.args["on"].flatten() if isinstance(part, exp.LTE)]
        keys = [
            side.name
            for part in join.args["on"].flatten()
            if isinstance(part, exp.EQ)
            for side in (part.this, part.expression)
            if side.table == name
        ]
        inner, day = join.this.copy(), upto.this.name
        inner.set("alias", None)
        source = inner.sql("duckdb")
        join.set("method", None)
        join.set(
            "this",
            sqlglot.parse_one(
                f"SELECT * FROM (SELECT *, lead({day}) OVER (PARTITION BY {', '.join(keys)} "
                f"ORDER BY {day}) AS taken_over FROM {source}) AS {name}",
                read="duckdb",
            ).find(exp.Subquery),
        )
        over = f"({name}.taken_over IS NULL OR {name}.taken_over > {upto.expression.sql('duckdb')})"
        on = exp.and_(join.args["on"], sqlglot.parse_one(over, read="duckdb"))
        join.set("on", on)
    return tree


def _windows(tree: exp.Expression) -> exp.Expression:
    """Named windows, written out where they are used."""
    for select in list(tree.find_all(exp.Select)):
        named = {w.this.name: w for w in select.args.get("windows") or []}
        if not named:
            continue
        for window in list(select.find_all(exp.Window)):
            text = window.args.get("alias")
            meant = named.get(text.name) if text is not None else None
            if meant is None or window.parent is select:
                continue
            window.set("alias", None)
            window.set("partition_by", [p.copy() for p in meant.args.get("partition_by") or []])
            if not window.args.get("order") and meant.args.get("order"):
                window.set("order", meant.args["order"].copy())
        select.set("windows", None)
    return tree


def _stars(tree: exp.Expression) -> exp.Expression:
    """`* EXCLUDE (a) REPLACE (x AS b)` as all but a and b, and x as b."""
    for select in tree.find_all(exp.Select):
        listed: list[exp.Expression] = []
        for column in select.expressions:
            star = column if isinstance(column, exp.Star) else column.this
            replaced = star.args.get("replace") if isinstance(star, exp.Star) else None
            listed.append(column)
            if replaced:
                left = star.args.get("except_") or star.args.get("except") or []
                key = "except_" if "except_" in star.arg_types else "except"
                star.set(key, [*left, *(exp.to_identifier(one.alias) for one in replaced)])
                star.set("replace", None)
                listed += replaced
        select.set("expressions", listed)
    return tree


def _is_range(node: Any) -> bool:
    return isinstance(node, exp.GenerateSeries) or (
        isinstance(node, exp.Anonymous) and node.name.lower() == "range"
    )


def _span(node: exp.Expression) -> exp.Expression:
    """The list of a range: from its start up to before its stop."""
    if isinstance(node, exp.Anonymous):
        parts = node.expressions
    else:
        parts = [p for p in (node.args.get(k) for k in ("start", "end", "step")) if p is not None]
    start, stop = (part.sql("spark") for part in parts[:2])
    if len(parts) == 3:
        text = (
            f"CASE WHEN {stop} > {start} THEN "
            f"FILTER(SEQUENCE({start}, {stop}, {parts[2].sql('spark')}), x -> x < {stop}) END"
        )
    else:
        text = f"CASE WHEN {stop} > {start} THEN SEQUENCE({start}, {stop} - 1) END"
    # An array function by its name: what sqlglot takes for a series would be met again.
    tree = sqlglot.parse_one(text, read="spark")
    for series in list(tree.find_all(exp.GenerateSeries)):
        ends = [p for p in (series.args.get(k) for k in ("start", "end", "step")) if p is not None]
        series.replace(exp.Anonymous(this="SEQUENCE", expressions=ends))
    return tree


def _series(tree: exp.Expression) -> exp.Expression:
    """Ranges as lists; those that a query reads from as lateral views."""
    for join in list(tree.find_all(exp.Join)):
        if isinstance(join.this, exp.Table) and _is_range(join.this.this):
            select, alias = join.find_ancestor(exp.Select), join.this.args["alias"]
            view = _lateral(_span(join.this.this), alias.name, alias.columns[0].name)
            join.pop()
            assert select is not None
            select.append("laterals", view)
    for node in _upwards(tree):
        if _is_range(node):
            node.replace(_span(node))
    return tree


def _upwards(tree: exp.Expression) -> list[exp.Expression]:
    """All nodes, each before what it is a part of."""
    return list(tree.walk(bfs=False))[::-1]


def _unnested(tree: exp.Expression) -> exp.Expression:
    """`unnest(…)` in what a query selects, and tables of a list, as lateral views."""
    number = 0
    for select in list(tree.find_all(exp.Select)):
        for column in select.expressions:
            for call in list(column.find_all(exp.Explode, exp.Unnest)):
                if call.find_ancestor(exp.Select) is not select:
                    continue
                inner = call.this if isinstance(call, exp.Explode) else call.expressions[0]
                name = f"each_{number}"
                number += 1
                taken = exp.column("one", table=name)
                if column is call:
                    taken = exp.alias_(taken, "unnest")
                call.replace(taken)
                select.append("laterals", _lateral(inner, name, "one"))
    return tree


def _lateral(inner: exp.Expression, name: str, column: str) -> exp.Lateral:
    return exp.Lateral(
        this=exp.Explode(this=inner.copy()),
        view=True,
        alias=exp.TableAlias(this=exp.to_identifier(name), columns=[exp.to_identifier(column)]),
    )


def _all_nodes(tree: exp.Expression) -> exp.Expression:
    for node in _upwards(tree):
        new = _each(node)
        if new is not node:
            node.replace(new)
    return tree


def _each(node: exp.Expression) -> exp.Expression:
    if isinstance(node, exp.CTE):
        node.set("materialized", None)
    if isinstance(node, exp.Bracket):
        # Counted from 1, or from the end by negative places; sqlglot holds them less one.
        place = exp.Add(this=node.expressions[0].copy(), expression=exp.Literal.number(1))
        return exp.Anonymous(this="element_at", expressions=[node.this.copy(), place])
    if isinstance(node, exp.In) and isinstance(node.args.get("query"), exp.Subquery):
        inner = node.args["query"].this
        if len(inner.expressions) == 1 and isinstance(inner.expressions[0], exp.Tuple):
            inner.set("expressions", inner.expressions[0].expressions)
        return node
    if isinstance(node, exp.Div):
        return exp.Div(
            this=exp.cast(node.this, "DOUBLE"), expression=exp.cast(node.expression, "DOUBLE"),
            typed=True, safe=True,
        )  # fmt: skip
    if isinstance(node, exp.DateDiff):
        return _difference(node)
    if isinstance(node, exp.ArgMax | exp.ArgMin) and not isinstance(node.parent, exp.Filter):
        seen = exp.Not(this=exp.Is(this=node.this.copy(), expression=exp.Null()))
        return exp.Filter(this=node.copy(), expression=exp.Where(this=seen))
    if isinstance(node, exp.Anonymous) and node.name.lower() == "to_months":
        return exp.Anonymous(
            this="make_ym_interval", expressions=[exp.Literal.number(0), *node.expressions]
        )
    if isinstance(node, exp.DayOfWeekIso | exp.DayOfWeek):
        # Monday is 1 by ISO, and Sunday 0 in DuckDB; Spark's WEEKDAY starts with 0 on Monday.
        iso = isinstance(node, exp.DayOfWeekIso)
        name, shift = ("WEEKDAY", 1) if iso else ("DAYOFWEEK", -1)
        call = exp.Anonymous(this=name, expressions=[node.this.copy()])
        return exp.paren(exp.Add(this=call, expression=exp.Literal.number(shift)))
    if isinstance(node, exp.ToDays):
        return exp.Anonymous(this="make_dt_interval", expressions=[node.this.copy()])
    return node


def _difference(node: exp.DateDiff) -> exp.Expression:
    """Days or months between two days, as DuckDB counts them. The arguments are (stop, start)."""
    stop, start = node.this.copy(), node.expression.copy()
    unit = (node.text("unit") or "day").lower()
    if unit == "month":
        year, month = ((exp.Year(this=d.copy()), exp.Month(this=d.copy())) for d in (stop, start))
        text = "({} - {}) * 12 + {} - {}".format(
            *(p.sql("spark") for p in (year[0], month[0], year[1], month[1]))
        )
        return exp.paren(sqlglot.parse_one(text, read="spark"))
    days = (exp.cast(d, "DATE").sql("spark") for d in (stop, start))
    return exp.Anonymous(
        this="DATEDIFF", expressions=[sqlglot.parse_one(d, read="spark") for d in days]
    )
