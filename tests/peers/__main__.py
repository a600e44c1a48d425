"""`make bench-peers`: how Rounds stands against what people would use instead, in one run.

The invented group and a file of invoice lines are made first (ROUNDS_DEMO_HOME names a published
home; ROUNDS_PEER_LINES, 1,000,000, is the length of the file). A table is printed once known. What
a peer can't do here, or what fails, is said in its cell.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from pipelines.demo.load import load_demo
from pipelines.settings import Home
from tests.bench.invoices import write
from tests.browser.chromium import find
from tests.conftest import ROOT
from tests.peers import asking, panels
from tests.peers.star import star, trapped

LINES = int(os.environ.get("ROUNDS_PEER_LINES", "1000000"))
ENVIRONMENTS = ROOT / ".venv-peers"
PATIENCE = 1800  # seconds for one program of a peer
MEMORY = 12_000_000_000  # bytes that a program of a peer may map: one took all of a machine


def run(command: list[str | Path]) -> dict[str, Any]:
    """What a program told as JSON, or `{"said": …}` where it failed."""
    limit = f'ulimit -v {MEMORY // 1024}; exec "$@"'
    try:
        done = subprocess.run(
            ["sh", "-c", limit, "sh", *map(str, command)],
            cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return {"said": f"had not ended after {PATIENCE // 60} minutes"}
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["it told nothing"])[-1]
        return {"said": f"failed: {last[:120]}"}
    told: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return told


def in_layers(*arguments: str | Path) -> dict[str, Any]:
    return run([ENVIRONMENTS / "layers/bin/python", ROOT / "tests/peers/layered.py", *arguments])


def row(*cells: object) -> None:
    print(f"| {' | '.join(map(str, cells))} |", flush=True)


def questions(home: Path, place: Path, traps: Path, folder: Path) -> None:
    known = in_layers("ask", place)
    ours = asking.by_rounds(home)
    ways = {
        "Rounds": ours, "DuckDB by hand": asking.by_duckdb(place),
        "Polars by hand, in memory": asking.by_polars(place),
    }  # fmt: skip
    told_traps = {"Rounds": asking.traps_by_rounds(folder / "traps"),
                  "DuckDB by hand": asking.traps_by_duckdb(traps)}  # fmt: skip
    layer = f"boring-semantic-layer {known.get('version', '')}".strip()
    if "asked" in known:
        ways[layer] = known["asked"]
        told_traps[layer] = in_layers("traps", traps)
    print("\nEight questions over the invented group, best of five each")
    row("who", "median", "slowest", "same answers as Rounds", *asking.RIGHT)
    row(*["---"] * (4 + len(asking.RIGHT)))
    for name, answers in ways.items():
        cpu = [one["cpu"] for one in answers.values()]
        agree = sum(asking.same(ours[q]["values"], answers[q]["values"]) for q in asking.QUESTIONS)
        verdicts = [
            "by hand" if name not in told_traps
            else "right" if abs(told_traps[name][trap] - right) < 1e-9
            else f"{told_traps[name][trap]:,.2f}, not {right:,.2f}"
            for trap, right in asking.RIGHT.items()
        ]  # fmt: skip
        row(name, f"{statistics.median(cpu):.0f} ms", f"{max(cpu):,.0f} ms",
            f"{agree} of {len(asking.QUESTIONS)}", *verdicts)  # fmt: skip
    if "said" in known:
        row(layer, known["said"], *[""] * (2 + len(asking.RIGHT)))


def loads(folder: Path) -> None:
    path = folder / "lines.csv"
    write(path, LINES, mess=True)
    print(f"\n{LINES:,} invoice lines, of which some 6 % are unusual and 0.16 % can't be read")
    row("who", "processor", "peak", "kept", "set aside with a reason", "lost", "money kept")
    row(*["---"] * 7)
    ways: dict[str, Callable[[], dict[str, Any]]] = {
        name: lambda w=way: run(  # type: ignore[misc]
            [sys.executable, "-m", "tests.peers.loading", w, path, folder / f"loaded-{w}"]
        )
        for name, way in (("Rounds", "rounds"), ("DuckDB by hand", "duckdb"),
                          ("Polars by hand", "polars"))
    }  # fmt: skip
    ways["dlt"] = lambda: in_layers("load", path, folder / "dlt.duckdb")
    for name, load in ways.items():
        told = load()
        if "said" in told:
            row(name, told["said"], *[""] * 5)
            continue
        aside = told.get("aside", 0)
        lost = LINES - told["rows"] - aside - told.get("duplicate", 0)
        note = " (lines that came twice)" if name.endswith("hand") else ""
        row(f"{name} {told.get('version', '')}".strip(), f"{told['total cpu']:.1f} s",
            f"{told['peak']:,.0f} MB", f"{told['rows']:,}", f"{aside:,}", f"{lost:,}{note}",
            f"{told['money']:,.2f}")  # fmt: skip


def boards(home: Path, place: Path, folder: Path) -> None:
    chromium = find()
    print("\nA dashboard of eight panels, in Chromium on the same cores: clock / processor")
    print("(until the last change; server and browser together)")
    row("who", "first load", "filter click", "page switch", "memory of the server")
    row(*["---"] * 5)
    if not isinstance(chromium, Path):
        row(chromium, *[""] * 4)
        return
    ways: dict[str, Callable[[], dict[str, Any]]] = {
        "Rounds (its own pages)": lambda: panels.rounds(home, chromium),
        "Rounds (Superset's two dashboards)": lambda: panels.of_parts(home, chromium),
        "Apache Superset": lambda: panels.by_superset(
            place, folder / "superset", ENVIRONMENTS / "superset", chromium
        ),
    }
    for name, measure in ways.items():
        try:
            told = measure()
        except Exception as error:
            row(name, f"failed: {type(error).__name__}: {str(error).splitlines()[0][:100]}",
                *[""] * 3)  # fmt: skip
            continue
        row(name, *(f"{c.wall:.1f} s / {c.cpu:.1f} s" for c in
                    (told[k] for k in ("first", "filter", "switch"))),
            f"{told['memory']:,.0f} MB")  # fmt: skip
    row(
        "Evidence",
        "not measured: `evidence sources` waits without end where DuckDB-Wasm can't fetch its "
        "reader of Parquet, an extension that no package holds",
        *[""] * 3,
    )


def main() -> None:
    print(f"{date.today()}, {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory(prefix="rounds-peers-") as name:
        folder = Path(name)
        if named := os.environ.get("ROUNDS_DEMO_HOME"):
            home = Path(named)
        else:
            home = folder / "home"
            load_demo(Home(home), date(2026, 10, 31))
        place, traps = star(home, folder / "star.duckdb"), trapped(folder / "traps.duckdb")
        questions(home, place, traps, folder)
        loads(folder)
        boards(home, place, folder)


if __name__ == "__main__":
    main()
