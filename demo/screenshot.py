"""`--picture`: runs the demo for some minutes and takes the README's screenshot of the portal."""

import asyncio
import os
import shutil
import sys
from pathlib import Path
from random import Random  # noqa: TID251 - seeded by the command line, handed in

from playwright.async_api import Page, ViewportSize, async_playwright
from rich.console import Console

from demo.endless import keep_customers_busy
from demo.system import System

_LAPTOP: ViewportSize = {"width": 1440, "height": 868}
_SHARPNESS = 1.5
_PASSWORD = "for this picture only"  # noqa: S105 - of a system that ends after the screenshot


async def take(system: System, console: Console, path: Path, rng: Random, seconds: float) -> None:
    """Ends the run with a message if no Chromium is installed."""
    chromium = os.environ.get("SLIPWAY_CHROMIUM") or shutil.which("chromium")
    if chromium is None:
        sys.exit("the screenshot needs a Chromium: apt install chromium, or SLIPWAY_CHROMIUM")
    living = asyncio.create_task(keep_customers_busy(system.simulators, rng))
    try:
        with console.status(
            f"customers buy and cancel for {seconds:.0f} s before the screenshot …"
        ):
            await asyncio.sleep(seconds)
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=chromium, args=["--no-sandbox"]
            )
            context = await browser.new_context(viewport=_LAPTOP, device_scale_factor=_SHARPNESS)
            await _enter(await context.new_page(), await system.invite(), path)
            await browser.close()
    finally:
        living.cancel()
    console.print(f"written: {path}")


async def _enter(page: Page, invitation: str, path: Path) -> None:
    await page.goto(invitation)
    await page.get_by_label("Password").fill(_PASSWORD)
    await page.get_by_role("button", name="Continue").click()
    # Attached, not visible: a trend without change is a line of no height.
    await page.locator(".tile .spark polyline").first.wait_for(state="attached")
    await page.get_by_role("link", name="24h").click()
    await page.locator(".tile").last.wait_for()
    await page.screenshot(path=path)
