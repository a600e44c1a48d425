"""What commands say. No letter of a file's cells or name steers the terminal that shows it."""

from __future__ import annotations

import json
import re
import sys
from typing import Any

import click

# What moves a terminal's cursor, colours, renames or empties it, or turns the order of letters.
_STEERS = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]|\r(?!\n)"
)


def harmless(text: str) -> str:
    """The text with a mark in the place of each letter that would steer a terminal."""
    return _STEERS.sub("\N{REPLACEMENT CHARACTER}", text)


def say(text: str, *, err: bool = False) -> None:
    """A line or more for people, on standard output or, with `err`, on standard error."""
    click.echo(harmless(text), err=err)


def say_json(value: Any, indent: int | None = 1) -> None:
    """A value for a program: what would steer is written as JSON escapes it, so nothing is lost."""
    text = json.dumps(value, indent=indent, ensure_ascii=False)
    click.echo(_STEERS.sub(lambda found: f"\\u{ord(found[0]):04x}", text))


def hand_over(text: str) -> None:
    """The text of a file, as it is into a pipe or a file, and harmless on a terminal."""
    click.echo(harmless(text) if sys.stdout.isatty() else text.encode(), nl=False)
