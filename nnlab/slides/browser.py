"""Where on this machine a Chromium is, the browser that prints handouts."""

import os
import shutil
from pathlib import Path

__all__ = ["VARIABLE", "find_chromium"]

VARIABLE = "NNLAB_CHROMIUM"
"""Environment variable that names the program to take."""

_NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "msedge",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)


def find_chromium() -> str | None:
    """Return the program named in ``NNLAB_CHROMIUM``, or one that is installed.

    Returns
    -------
    str or None
        Path of a Chromium, Chrome or Edge; without any, of the one that Playwright has downloaded.
        None if there is none either, or if the variable names no program.
    """
    if VARIABLE in os.environ:
        return shutil.which(os.environ[VARIABLE])
    return next(filter(None, map(shutil.which, _NAMES)), None) or _of_playwright()


def _of_playwright() -> str | None:
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return None
    with sync_playwright() as driver:
        program = driver.chromium.executable_path
    return program if Path(program).is_file() else None
