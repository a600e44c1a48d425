"""The palette of the theme: what the look promises of it, worked out from the values."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

import dashboard
from dashboard.charts import roles

HERE = Path(dashboard.__file__).parent
CONFIG: dict[str, Any] = tomllib.loads((HERE / ".streamlit" / "config.toml").read_text())
THEME = CONFIG["theme"]
MODES = ("light", "dark")


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2 defines it."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """From 1 to 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_measured_right() -> None:
    assert contrast("#FFFFFF", "#000000") == pytest.approx(21)
    assert contrast("#5A6663", "#FFFFFF") == pytest.approx(6.0, abs=0.05)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("text", "ground"),
    [
        ("textColor", "backgroundColor"),
        ("textColor", "secondaryBackgroundColor"),
        ("grayTextColor", "backgroundColor"),
        ("grayTextColor", "secondaryBackgroundColor"),
        ("grayTextColor", "grayBackgroundColor"),
        ("linkColor", "backgroundColor"),
        ("orangeTextColor", "backgroundColor"),
        ("orangeTextColor", "orangeBackgroundColor"),
        ("blueTextColor", "backgroundColor"),
        ("blueTextColor", "blueBackgroundColor"),
    ],
)
def test_text_can_be_read(mode: str, text: str, ground: str) -> None:
    assert contrast(THEME[mode][text], THEME[mode][ground]) >= 4.5


@pytest.mark.parametrize("mode", MODES)
def test_marks_can_be_seen(mode: str) -> None:
    page = THEME[mode]["backgroundColor"]
    palette = THEME[mode]["chartCategoricalColors"]
    assert contrast(THEME[mode]["grayColor"], page) >= 4.5
    # Ink, concern, improvement, accent, muted and limits carry meaning.
    assert all(contrast(colour, page) >= 3 for colour in palette[:6])
    assert contrast("#FFFFFF", THEME[mode]["primaryColor"]) >= 4.5


@pytest.mark.parametrize("mode", MODES)
def test_nothing_is_red_or_green(mode: str) -> None:
    theme = THEME[mode]
    for kind in ("Color", "TextColor", "BackgroundColor"):
        assert theme[f"red{kind}"] == theme[f"yellow{kind}"] == theme[f"orange{kind}"]
        assert theme[f"green{kind}"] == theme[f"blue{kind}"]


def test_both_modes_have_the_same_keys_and_the_palette_its_roles() -> None:
    assert THEME["light"].keys() == THEME["dark"].keys()
    numbered = [role for role in roles.ALL if role != roles.PAGE]
    assert numbered == [f"#{at:06}" for at in range(1, 11)]
    for mode in MODES:
        assert len(THEME[mode]["chartCategoricalColors"]) == len(numbered)


def test_the_server_keeps_to_itself() -> None:
    assert CONFIG["server"]["address"] == "127.0.0.1"
    assert CONFIG["browser"]["gatherUsageStats"] is False
    assert CONFIG["client"]["showErrorLinks"] is False
    assert CONFIG["client"]["showErrorDetails"] == "none"


def test_fonts_stand_beside_their_licence() -> None:
    static = HERE / "static"
    for face in THEME["fontFaces"]:
        data = (static / face["url"].removeprefix("app/static/")).read_bytes()
        assert data[:4] == b"wOF2"
    assert "SIL Open Font License" in (static / "IBMPlexSans-OFL.txt").read_text()
    assert sorted(face["weight"] for face in THEME["fontFaces"]) == [400, 500, 600]


@pytest.mark.parametrize("name", ["logo.svg", "mark.svg"])
def test_logos_need_no_font(name: str) -> None:
    text = (HERE / "static" / name).read_text()
    assert "<text" not in text
    assert re.findall(r"#[0-9A-Fa-f]{6}", text)
    assert set(re.findall(r"#[0-9A-Fa-f]{6}", text)) == {"#2F9A90"}


def test_streamlit_knows_every_setting() -> None:
    from streamlit import config

    known = set(config.get_config_options())

    def settings(table: dict[str, Any], path: str = "") -> list[str]:
        found = []
        for key, value in table.items():
            name = f"{path}.{key}" if path else key
            found += settings(value, name) if isinstance(value, dict) else [name]
        return found

    assert [name for name in settings(CONFIG) if name not in known] == []
