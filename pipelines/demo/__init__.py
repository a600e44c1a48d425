"""An invented healthcare group that writes its exports in real vendors' formats.

`write_demo` fills a folder with what such a group's systems would export: a sub-folder a system,
about two million records, and a few stories for a review to find. Nothing in it is real.
"""

from __future__ import annotations

from pipelines.demo.make import DemoGroup, write_demo
from pipelines.demo.stories import Story

__all__ = ["DemoGroup", "Story", "write_demo"]
