"""
Take the screenshots of ``docs/screenshots/``: one of each section of a report.

Usage: python scripts/screenshots.py out/report.html docs/screenshots

Needs Chromium on the path and the Python package playwright. The page is the one that
``il2struct report 2ERJ 2B5I --network -o out`` writes.
"""

import io
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from PIL import Image
from playwright.sync_api import Page, sync_playwright

WIDE: Final = {"width": 1280, "height": 800}
NARROW: Final = {"width": 400, "height": 800}
#: The bond that all of them are measured by: IL-2 Glu62 to IL-2Rα Arg36 in 2B5I.
BOND: Final = "Glu62 OE2"


def main(report: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=shutil.which("chromium"),
            chromium_sandbox=False,
            args=["--enable-unsafe-swiftshader"],
        )
        page = browser.new_page(viewport=WIDE)
        page.goto(report.absolute().as_uri())
        page.wait_for_selector("body[data-figures]", timeout=120_000)
        page.get_by_role("button", name="2B5I", exact=True).click()
        page.wait_for_selector('body[data-figures="2B5I"]', timeout=120_000)
        for name, show in SECTIONS.items():
            show(page)
            page.wait_for_timeout(500)  # the view is drawn, scrolling has settled
            save(page.screenshot(), folder / f"{name}.png")
        browser.close()


def save(picture: bytes, path: Path) -> None:
    """With 256 colours: a third of the bytes."""
    few = (
        Image.open(io.BytesIO(picture))
        .convert("RGB")
        .quantize(256, Image.Quantize.MAXCOVERAGE)
    )
    few.save(path, optimize=True)


def overview(page: Page) -> None:
    page.evaluate("window.scrollTo(0, 0)")


def interface(page: Page) -> None:
    page.click("#tab-interfaces")
    page.locator("#panel-interfaces tbody tr").nth(0).click()


def bond(page: Page) -> None:
    page.click("#tab-bonds")
    page.locator("#panel-bonds tbody tr", has_text=BOND).nth(1).click()


def lattice(page: Page) -> None:
    page.click("#reset")
    page.click("#tab-lattice_contacts")
    page.check("#lattice")


def lattice_contact(page: Page) -> None:
    page.locator("#panel-lattice_contacts tbody tr", has_text="3_545").click()


def network(page: Page) -> None:
    page.click("#reset")
    page.click("#tab-evidence")
    page.locator("#panel-evidence tbody tr").nth(1).click()


def section(identity: str) -> Callable[[Page], None]:
    def show(page: Page) -> None:
        page.evaluate(f"document.getElementById('{identity}').scrollIntoView()")

    return show


def narrow(page: Page) -> None:
    page.set_viewport_size(NARROW)
    page.evaluate("window.scrollTo(0, 0)")
    page.click("#reset")
    bond(page)
    page.evaluate("window.scrollTo(0, 0)")


#: Pictures by name, in the order in which they are taken.
SECTIONS: Final = {
    "overview": overview,
    "interface": interface,
    "bond": bond,
    "lattice": lattice,
    "lattice_contact": lattice_contact,
    "network": network,
    "figures": section("figures"),
    "words": section("words"),
    "downloads": section("downloads"),
    "narrow": narrow,
}

if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
