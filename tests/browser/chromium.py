"""Finds a Chromium for the browser tests, and installs one where the machine allows it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ON_PATH = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MAC_APPS = (
    "Chromium.app/Contents/MacOS/Chromium",
    "Google Chrome.app/Contents/MacOS/Google Chrome",
)
INSTALLERS = {
    "apt-get": (
        ("apt-get", "update"),
        ("apt-get", "install", "-y", "--no-install-recommends", "chromium", "libatomic1"),
    ),
    "dnf": (("dnf", "install", "-y", "chromium", "libatomic"),),
}
NONE_HERE = (
    "The browser tests need Chromium and Playwright's driver running: "
    "`apt-get install chromium libatomic1` (Debian), `dnf install chromium libatomic` (Fedora) "
    "or Google Chrome (macOS), or name a browser in ROUNDS_CHROMIUM; "
    "ROUNDS_NO_BROWSER=1 leaves these tests out."
)


def find() -> Path | str:
    """The Chromium that is there, or one line that says what to do."""
    if not _driver_runs():
        return NONE_HERE
    if named := os.environ.get("ROUNDS_CHROMIUM"):
        return Path(named) if _runs(Path(named)) else f"ROUNDS_CHROMIUM={named} doesn't start."
    return next((path for path in _candidates() if _runs(path)), NONE_HERE)


def find_or_install() -> Path | str:
    """The Chromium that is there, else Playwright's own download, else the system's package."""
    found = find()
    if found != NONE_HERE:
        return found
    for command in _install_commands():
        print("Installing a browser for the tests:", " ".join(command), flush=True)
        if _carried_out(command) and isinstance(found := find(), Path):
            return found
    return found


def _candidates() -> Iterator[Path]:
    yield from (Path(path) for name in ON_PATH if (path := shutil.which(name)))
    for folder in (Path("/Applications"), Path.home() / "Applications"):
        yield from (folder / app for app in MAC_APPS)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        yield Path(playwright.chromium.executable_path)


def _driver_runs() -> bool:
    """Whether Playwright's own Node starts: a minimal Debian lacks the libatomic it needs."""
    driver = [sys.executable, "-m", "playwright", "--version"]
    return subprocess.run(driver, capture_output=True).returncode == 0


def _runs(path: Path) -> bool:
    """Whether it starts: Ubuntu's `chromium-browser` is only a pointer to a snap."""
    try:
        subprocess.run([path, "--version"], check=True, capture_output=True, timeout=60)
    except (OSError, subprocess.SubprocessError):
        return False
    return True


def _install_commands() -> Iterator[tuple[str, ...]]:
    yield (sys.executable, "-m", "playwright", "install", "--no-shell", "chromium")
    as_root = _as_root()
    if as_root is None:
        return
    for tool, commands in INSTALLERS.items():
        if shutil.which(tool):
            yield from ((*as_root, *command) for command in commands)


def _as_root() -> tuple[str, ...] | None:
    """What to put before a command that needs root; None where nobody may without a password."""
    if not hasattr(os, "geteuid") or os.geteuid() == 0:
        return ()
    if shutil.which("sudo") and _carried_out(("sudo", "-n", "true")):
        return ("sudo", "-n")
    return None


def _carried_out(command: tuple[str, ...]) -> bool:
    """Whether it ended well; of a failure, its last line is shown."""
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=600,
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        print(f"  {type(error).__name__}", flush=True)
        return False
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip()).splitlines()
        print("  " + (said[-1] if said else f"exit status {done.returncode}"), flush=True)
    return done.returncode == 0


if __name__ == "__main__":
    answer = find_or_install()
    print(answer)
    sys.exit(0 if isinstance(answer, Path) else 1)
