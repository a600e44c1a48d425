"""Serves the gallery with the app's theme, and takes its pictures.

python -m tests.dashboard.shots --serve            on port 8590
python -m tests.dashboard.shots DIR [page …]       1440 and 390 wide, light and dark
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

from tests.browser.chromium import find
from tests.browser.conftest import FLAGS

ROOT = Path(__file__).resolve().parents[2]
PAGES = (
    "overview",
    "sites",
    "staffing",
    "site",
    "supplies",
    "contracts",
    "budget",
    "health",
    "states",
)
SIZES = {"1440": (1440, 1000), "390": (390, 844)}
SERVER = "import streamlit as st\n\nfrom dashboard.gate import code\n\n"


@contextlib.contextmanager
def served(script: Path = ROOT / "tests/dashboard/gallery.py", port: int = 0) -> Iterator[str]:
    """The address of a running gallery; stops its server at the end.

    Streamlit takes theme and static files from the folder of the script: a folder is made that
    holds the app's own beside a script that runs the gallery, and a server with our route of code.
    """
    port = port or _free_port()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        for name in (".streamlit", "static"):
            (home / name).symlink_to(ROOT / "dashboard" / name)
        main = home / "main.py"
        main.write_text(f"import runpy\n\nrunpy.run_path({str(script)!r}, run_name='gallery')\n")
        server = home / "server.py"
        server.write_text(f"{SERVER}app = st.App({str(main)!r}, routes=[code.route()])\n")
        command = [
            sys.executable,
            "-m",
            "streamlit",
            "run",
            str(server),
            "--server.port",
            str(port),
        ]
        with (home / "log").open("w") as log:
            process = subprocess.Popen(
                command, cwd=ROOT, stdout=log, stderr=log, env=_environment()
            )
        try:
            _wait(f"http://127.0.0.1:{port}/_stcore/health", process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(10)


def _environment() -> dict[str, str]:
    """The repository on the path, and errors in full: a gallery is for looking."""
    wanted = {"PYTHONPATH": str(ROOT), "STREAMLIT_CLIENT_SHOW_ERROR_DETAILS": "full"}
    return {**os.environ, **wanted}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(address: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        if process.poll() is not None:
            raise RuntimeError("the gallery's server ended before it answered")
        with contextlib.suppress(OSError), urllib.request.urlopen(address, timeout=1):
            return
        time.sleep(0.1)
    raise TimeoutError(address)


@contextlib.contextmanager
def browser() -> Iterator[Browser]:
    """A Chromium that asks nothing of the world outside."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=find(), args=FLAGS)
        try:
            yield running
        finally:
            running.close()


def settle(page: Page) -> None:
    """Wait until the run has ended and everything is drawn."""
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
    page.wait_for_function("document.fonts.status === 'loaded'")
    page.wait_for_timeout(700)


def open_page(
    running: Browser, address: str, *, width: int, height: int, mode: str = "light"
) -> Page:
    """A settled page in a window of its own."""
    context = running.new_context(
        viewport={"width": width, "height": height},
        color_scheme=mode,
        has_touch=width < 600,
        is_mobile=width < 600,
        device_scale_factor=2 if width < 600 else 1,
    )
    page = context.new_page()
    page.goto(address)
    settle(page)
    return page


def whole(page: Page) -> None:
    """Make the window as tall as the page, which scrolls inside itself."""
    for _ in range(2):
        tall = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
        size = page.viewport_size or {"width": 1440, "height": 900}
        page.set_viewport_size({"width": size["width"], "height": int(tall) + 4})
        page.wait_for_timeout(350)


def take(
    folder: Path,
    names: Sequence[str] = PAGES,
    modes: Sequence[str] = ("light", "dark"),
    sizes: Sequence[str] = tuple(SIZES),
) -> list[Path]:
    """Pictures of whole pages: `overview_390_dark.png`."""
    folder.mkdir(parents=True, exist_ok=True)
    taken = []
    with served() as address, browser() as running:
        for name in names:
            for size in sizes:
                for mode in modes:
                    width, height = SIZES[size]
                    page = open_page(
                        running,
                        f"{address}/{name.removeprefix('overview')}",
                        width=width,
                        height=height,
                        mode=mode,
                    )
                    whole(page)
                    path = folder / f"{name.split('?')[0]}_{size}_{mode}.png"
                    page.screenshot(path=path)
                    page.context.close()
                    taken.append(path)
    return taken


def main(arguments: Sequence[str]) -> None:
    """Serve, or take pictures into a folder."""
    if arguments[:1] == ["--serve"]:
        with served(port=8590) as address:
            print(address)
            with contextlib.suppress(KeyboardInterrupt):
                time.sleep(10**6)
        return
    for path in take(Path(arguments[0]), arguments[1:] or PAGES):
        print(path)


if __name__ == "__main__":
    main(sys.argv[1:])
