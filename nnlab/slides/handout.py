"""Handouts: decks on paper, printed by a browser into PDF files."""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nnlab.site.errors import SiteError
from nnlab.slides.browser import find_chromium

__all__ = ["Printer"]

_BY_HAND = "or open a deck with ?handout behind its address and print it in your own browser"
_PATIENCE = 120_000  # milliseconds for one deck
_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]


@dataclass(frozen=True)
class Printer:
    """A browser that prints.

    Parameters
    ----------
    chromium : str
        Its program.
    """

    chromium: str

    @classmethod
    def found(cls) -> "Printer":
        """Return the printer of this machine.

        Returns
        -------
        Printer

        Raises
        ------
        SiteError
            If there is no Chromium, or Playwright is not installed, which drives it.
        """
        try:
            import playwright.sync_api  # noqa: F401
        except ImportError:
            raise SiteError(
                "Handouts are printed by Playwright, which is not installed: type pip install "
                f'"nnlab[pdf]", {_BY_HAND}.'
            ) from None
        chromium = find_chromium()
        if chromium is None:
            raise SiteError(
                "Handouts are printed by Chromium or Chrome, and none was found: install one, "
                f"{_BY_HAND}."
            )
        return cls(chromium)

    def handouts(self, decks: Sequence[bytes], *, notes: bool = False) -> Iterator[bytes]:
        """Yield the handouts of decks, two slides on a page.

        Parameters
        ----------
        decks : sequence of bytes
            HTML files from `nnlab.slides.deck.deck_page`.
        notes : bool, optional
            Whether speaker notes stand below each slide.

        Yields
        ------
        bytes
            PDF file.

        Raises
        ------
        SiteError
            If the browser fails.
        """
        from playwright.sync_api import Error, sync_playwright

        query = "handout=notes" if notes else "handout"
        try:
            with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
                browser = driver.chromium.launch(executable_path=self.chromium, args=_ARGUMENTS)
                page = browser.new_page()
                page.set_default_timeout(_PATIENCE)
                file = Path(folder) / "deck.html"
                for deck in decks:
                    file.write_bytes(deck)
                    page.goto(f"{file.as_uri()}?{query}")
                    yield _pdf(page)
                browser.close()
        except Error as error:
            reason = str(error).splitlines()[0]
            raise SiteError(f"The browser {self.chromium} could not print: {reason}.") from error


def _pdf(page: Any) -> bytes:  # noqa: ANN401 - of Playwright, which need not be installed
    page.evaluate("Promise.all([...document.images].map((one) => one.decode()))")
    return bytes(page.pdf(prefer_css_page_size=True, print_background=True, tagged=True))
