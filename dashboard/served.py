"""The code of components as files beside the pages, which a browser asks for once and keeps.

Streamlit sends the code of a component with each one that is drawn, and has it read anew each time:
on a page with ten tables that is most of what comes over the socket.
"""

from __future__ import annotations

import gzip
import hashlib
from functools import cache
from importlib.resources import files
from pathlib import Path

import streamlit as st

_BELOW = "/rounds/components/"
_files: dict[str, str] = {}
_server = {"serves": False}


def begin() -> str:
    """Name files from now on, as a server hands them out; the address below which it does."""
    _server["serves"] = True
    return _address("")


def code(name: str, text: str) -> str:
    """The module that Streamlit sends: one that takes the file, or, without a server, all of it."""
    if not _server["serves"]:
        return text
    file = f"{name}.{hashlib.sha256(text.encode()).hexdigest()[:16]}.js"
    _files[file] = text
    address = f'new URL("{_address(file)}", location.origin).href'
    return f"const {{ default: draw }} = await import({address});\nexport default draw;\n"


def plotly() -> str:
    """The address of the Plotly that draws figures in the browser; "" without a server."""
    return _address(_plotly()) if _server["serves"] else ""


def content(file: str, small: bool = False) -> bytes | None:
    """What stands in a file, or the same as gzip; None where no component has such a one."""
    if file not in _files and file != _plotly():
        return None
    return _packed(file) if small else _whole(file)


def _whole(file: str) -> bytes:
    return _files[file].encode() if file in _files else _library().read_bytes()


@cache
def _packed(file: str) -> bytes:
    """Plotly is 1.5 MB instead of 4.8."""
    return gzip.compress(_whole(file), 6, mtime=0)


@cache
def _plotly() -> str:
    return f"plotly.{hashlib.sha256(_library().read_bytes()).hexdigest()[:16]}.js"


def _library() -> Path:
    return Path(str(files("plotly"))) / "package_data" / "plotly.min.js"


def _address(file: str) -> str:
    base = st.get_option("server.baseUrlPath").strip("/")
    return f"{f'/{base}' if base else ''}{_BELOW}{file}"
