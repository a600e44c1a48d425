"""`python -m pipelines.demo FOLDER --today 2026-10-31`: write the demo group, tell its stories."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path

from pipelines.demo.make import write_demo


def main() -> None:
    """Write the group into the folder that the command line names."""
    parser = argparse.ArgumentParser(prog="python -m pipelines.demo", description=__doc__)
    parser.add_argument("folder", type=Path, help="where the exports go")
    parser.add_argument("--today", type=date.fromisoformat, default=date.today())
    parser.add_argument("--months", type=int, default=36)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--scale", type=float, default=1.0, help="below 1: a smaller group")
    given = parser.parse_args()
    group = write_demo(given.folder, seed=given.seed, today=given.today, months=given.months,
                       scale=given.scale)  # fmt: skip
    print(f"{group.name}: {len(group.sites)} sites, {group.files} files, {group.records} records")
    for story in group.stories:
        place = " ".join(story.sites)
        print(f"\n{story.name} {place} {story.period[0]} to {story.period[1]}\n  {story.sentence}")
        for name, value in story.figures.items():
            print(f"  {name}: {value}")


if __name__ == "__main__":
    main()
