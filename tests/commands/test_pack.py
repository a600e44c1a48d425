"""`rounds pack`: which files it writes, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pipelines.cli import main


def run(home: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["pack", *words, "--home", str(home)])


def test_a_director_s_pack_is_written_in_every_format(demo_home: Path, tmp_path: Path) -> None:
    out = tmp_path / "packs" / "october"
    result = run(demo_home, "--period", "2026-10", "--for", "director", "--out", str(out))
    assert result.exit_code == 0, result.output
    names = sorted(path.name for path in out.iterdir())
    stem = "2026-10-director-brindlewood-health-partners"
    assert names == [f"{stem}.pdf", f"{stem}.pptx", f"{stem}.xlsx"]
    assert [line.split()[0] for line in result.output.splitlines()] == ["Wrote"] * 3


def test_a_region_left_out_means_a_pack_for_each(demo_home: Path, tmp_path: Path) -> None:
    result = run(
        demo_home, "--period", "2026-10", "--for", "regional", "--out", str(tmp_path),
        "--formats", "pdf",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert len(list(tmp_path.glob("2026-10-regional-*.pdf"))) > 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--for", "director", "--formats", "docx"), "The formats are pptx, xlsx, pdf"),
        (("--for", "director", "--region", "North"), "A region belongs to --for regional"),
        (("--for", "regional", "--site", "WLB"), "a site to --for site"),
        (("--for", "site"), "Say which site"),
    ],
)
def test_what_does_not_fit_is_refused_in_a_sentence(
    demo_home: Path, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    result = run(demo_home, "--period", "2026-10", "--out", str(tmp_path), *words)
    assert result.exit_code == 2
    assert said in result.output
    assert list(tmp_path.iterdir()) == []


def test_a_month_that_is_not_known_is_refused(demo_home: Path, tmp_path: Path) -> None:
    result = run(demo_home, "--period", "2031-01", "--for", "director", "--out", str(tmp_path))
    assert result.exit_code == 2
    assert "Nothing is known of Jan 2031" in result.output
