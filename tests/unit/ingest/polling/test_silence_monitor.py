"""A location that is unreadable or sends no webhooks falls silent until it is active again."""

import pytest
from slipway.contracts.deliveries import (
    DeliveryChannel,
    LocationFellSilent,
    LocationSilenceEnded,
    SilenceCause,
)
from slipway.ingest.ghl.port import ApiProblem, TryLater

from tests.support.builders.ghl_records import LOCATION, ORDER
from tests.support.dsl.ingest import IngestInMemory

SIGNED = DeliveryChannel.SIGNED

PAID = {"type": "OrderCreate", "locationId": LOCATION, "_id": ORDER, "webhookId": "w1"}


async def test_an_unreadable_location_falls_silent_until_it_is_readable_again() -> None:
    ingest = IngestInMemory()
    ingest.ghl.outage(ApiProblem.TOKEN_REFUSED)
    for _ in range(3):
        with pytest.raises(TryLater):
            await ingest.poller.poll_once()
        ingest.clock.forward(20)
    silent = await ingest.events(f"silence-{LOCATION}")
    assert [type(event) for event in silent] == [LocationFellSilent]
    ingest.ghl.down = None
    await ingest.poller.poll_once()
    assert isinstance((await ingest.events(f"silence-{LOCATION}"))[-1], LocationSilenceEnded)


async def test_a_location_without_webhooks_falls_silent_until_the_next_webhook() -> None:
    # No poller runs here: the roles may run in different processes.
    ingest = IngestInMemory()
    for number in range(20):
        ingest.clock.forward(10)
        await ingest.deliver({**PAID, "webhookId": f"w{number}"}, SIGNED)
    await ingest.silence_monitor.check(ingest.clock())
    assert await ingest.events(f"silence-{LOCATION}") == []
    ingest.clock.forward(300)
    for _ in range(2):
        await ingest.silence_monitor.check(ingest.clock())
    (silent,) = await ingest.events(f"silence-{LOCATION}")
    assert isinstance(silent, LocationFellSilent)
    assert silent.cause == SilenceCause.NO_DELIVERIES
    await ingest.deliver({**PAID, "webhookId": "w99"}, SIGNED)
    await ingest.silence_monitor.check(ingest.clock())
    assert isinstance((await ingest.events(f"silence-{LOCATION}"))[-1], LocationSilenceEnded)
