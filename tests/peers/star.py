"""One star of the invented group for everybody who is asked: its facts as Rounds counts them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb

from pipelines.settings import Home
from pipelines.warehouse.publish import current_build

START, STOP = date(2024, 11, 1), date(2026, 10, 31)
# Cleaned ahead: overlapping payroll bases, pay codes that are no work, codes of systems. What is
# left to whoever asks is what the questions are about.
STAR = f"""
CREATE TABLE sites AS SELECT site, name, region, kind FROM build.sites
  WHERE NOT provisional AND site NOT LIKE '~%';
CREATE TABLE labor AS SELECT site, date, month, role, kind,
  kind IN ('agency', 'contract') AS agency, hours, amount FROM build.labor
  WHERE counts AND pay_class IN ('regular', 'overtime', 'double_time', 'on_call');
CREATE TABLE volume AS SELECT site, date, month, count FROM build.volume WHERE measure = 'visits';
CREATE TABLE spend AS SELECT site, date, month, supplier, subject, amount FROM build.spend;
CREATE TABLE stock AS SELECT site, as_of, date_trunc('month', as_of)::DATE AS month, item,
  category, value, until FROM build.stock WHERE value IS NOT NULL;
CREATE TABLE site_months AS SELECT site, region, kind, month FROM sites,
  (SELECT unnest(generate_series(DATE '{START}', DATE '{STOP}', INTERVAL 1 MONTH))::DATE AS month);
"""
TRAPS = """
CREATE TABLE sites AS SELECT * FROM (VALUES ('A', 'North'), ('B', 'South')) s(site, region);
CREATE TABLE labor AS SELECT *, date AS month, kind = 'agency' AS agency FROM (VALUES
  ('A', DATE '2026-01-01', 62.0, 'employee'), ('A', DATE '2026-01-01', 31.0, 'employee'),
  ('A', DATE '2026-01-01', 31.0, 'agency'), ('B', DATE '2026-01-01', 31.0, 'employee'),
  ('B', DATE '2026-01-01', 31.0, 'agency'), ('A', DATE '2026-02-01', 56.0, 'employee'),
  ('B', DATE '2026-02-01', 90.0, 'employee')) t(site, date, hours, kind);
CREATE TABLE volume AS SELECT site, date, date_trunc('month', date)::DATE AS month, count FROM (
  SELECT 'A' AS site, DATE '2026-01-01' + n::INTEGER AS date, 1 AS count FROM range(59) t(n)
  UNION ALL SELECT 'B', DATE '2026-01-01' + n::INTEGER, 2 FROM range(31) t(n));
CREATE TABLE spend AS SELECT 'A' AS site, DATE '2026-01-05' AS date, DATE '2026-01-01' AS month,
  'Acme' AS supplier, 'supplies' AS subject, 10.0 AS amount;
CREATE TABLE stock AS SELECT *, date_trunc('month', as_of)::DATE AS month FROM (VALUES
  ('A', DATE '2026-01-31', 'gloves', 500.0), ('A', DATE '2026-02-28', 'gloves', 300.0),
  ('B', DATE '2026-01-31', 'gloves', 100.0), ('B', DATE '2026-02-28', 'gloves', 200.0)
  ) t(site, as_of, item, value);
CREATE TABLE site_months AS SELECT * FROM (VALUES ('A', 'North'), ('B', 'South')) s(site, region),
  (VALUES (DATE '2026-01-01'), (DATE '2026-02-01')) m(month);
"""


def star(home: Path, place: Path) -> Path:
    """Write the star of a published home to a DuckDB file."""
    build = Home(home).warehouse / f"rounds-{current_build(Home(home))}.duckdb"
    with duckdb.connect(str(place)) as sql:
        sql.execute(f"ATTACH '{build}' AS build (READ_ONLY)")
        sql.execute(STAR)
        sql.execute("DETACH build")
    return place


def trapped(place: Path) -> Path:
    """Write the little star of the traps."""
    with duckdb.connect(str(place)) as sql:
        sql.execute(TRAPS)
    return place
