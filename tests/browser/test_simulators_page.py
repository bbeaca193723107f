"""The control page of the simulators in a real browser."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.async_api import Page, expect
from slipway.simulators.environment import SimulatedEnvironment
from slipway.simulators.serving import serve

from tests.browser import chromium

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@asynccontextmanager
async def opened(**context: Any) -> AsyncIterator[tuple[SimulatedEnvironment, Page]]:
    rng = random.Random(1)  # noqa: S311 - chance, not secrecy
    simulated = SimulatedEnvironment(lambda: datetime.now(UTC), rng)
    async with serve(simulated) as served, chromium.browser() as browser:
        page = await (await browser.new_context(**context)).new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        await page.goto(served.url)
        yield simulated, page
        assert errors == []


async def test_a_purchase_and_a_cancellation_appear_without_a_reload() -> None:
    async with opened() as (simulated, page):
        await page.get_by_label("Name").fill("Grace Hopper")
        await page.get_by_role("button", name="Buy").click()
        row = page.get_by_role("row").filter(has_text="Grace Hopper")
        await expect(row).to_contain_text("active")
        await row.get_by_role("button", name="cancel").click()
        await expect(row).to_contain_text("canceled")
        assert [kept.latest.status for kept in simulated.ghl.records.subscriptions.values()] == [
            "canceled"
        ]


async def test_events_from_elsewhere_appear_automatically() -> None:
    async with opened() as (simulated, page):
        simulated.slack.take({"text": "Ada's VPS is late."})
        await expect(page.get_by_text("Ada's VPS is late.")).to_be_visible()


async def test_a_fault_is_armed_by_its_button() -> None:
    async with opened() as (simulated, page):
        await page.get_by_role("button", name="Lose the next create's reply").click()
        await expect(page.get_by_text("Active faults: lost reply of create")).to_be_visible()
        assert [one["kind"] for one in simulated.cloud.faults.describe()] == ["lost_reply"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_on_a_phone_nothing_is_wider_than_the_screen(scheme: str) -> None:
    phone = {"width": 390, "height": 800}
    async with opened(viewport=phone, color_scheme=scheme) as (simulated, page):
        simulated.ghl.buy(simulated.ghl.add_customer("Ada Example").id, "price_vps_small")
        await expect(page.get_by_role("row").filter(has_text="Ada Example")).to_be_visible()
        assert await page.evaluate("document.documentElement.scrollWidth") <= 390


async def test_the_keyboard_focus_stays_while_the_page_refreshes() -> None:
    async with opened() as (simulated, page):
        await page.keyboard.press("Tab")
        await expect(page.get_by_role("link", name="Skip to the subscriptions")).to_be_in_viewport()
        bought = simulated.ghl.buy(simulated.ghl.add_customer("Ada Example").id, "price_vps_small")
        row = page.get_by_role("row").filter(has_text="Ada Example")
        fail = row.get_by_role("button", name="fail a payment")
        await fail.focus()
        simulated.ghl.buy(simulated.ghl.add_customer("Grace Example").id, "price_vps_small")
        await expect(page.get_by_role("row").filter(has_text="Grace Example")).to_be_visible()
        await expect(fail).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(row).to_contain_text("past_due")
        assert simulated.ghl.records.subscriptions[bought.id].latest.status == "past_due"
        # The button is gone, so its table has the focus, and the next Tab continues there.
        await expect(page.get_by_role("region", name="Subscriptions")).to_be_focused()


async def test_a_text_selection_stays_while_the_page_refreshes() -> None:
    async with opened() as (simulated, page):
        simulated.ghl.buy(simulated.ghl.add_customer("Ada Example").id, "price_vps_small")
        await page.get_by_text("Ada Example").dblclick()
        simulated.ghl.buy(simulated.ghl.add_customer("Grace Example").id, "price_vps_small")
        for _ in range(3):
            await page.wait_for_event("response", lambda one: "page/now" in one.url)
        assert (await page.evaluate("getSelection().toString()")).strip() in {"Ada", "Example"}
        await page.get_by_role("heading", name="Simulated environment").click()
        await expect(page.get_by_role("row").filter(has_text="Grace Example")).to_be_visible()


async def test_a_refusal_is_shown_as_text() -> None:
    async with opened() as (_, page):
        await page.get_by_label("Quantity").fill("1.5")
        await page.locator("#buy").evaluate("form => { form.noValidate = true; }")
        await page.get_by_role("button", name="Buy", exact=True).click()
        said = page.get_by_role("status")
        await expect(said).to_contain_text("quantity: ")
        await expect(said).not_to_contain_text("{")
