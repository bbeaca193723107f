"""H21 in ingest: a replay or a read that is requested twice is done once."""

from typing import Any

from slipway.contracts.commands import CheckSubscription, CommandRefused, ReplayDelivery
from slipway.contracts.deliveries import DeliveryReplayed
from slipway.contracts.subscriptions import RecordRead, RecordReadRequested

from tests.support.builders.ghl_records import order, record
from tests.support.dsl.ingest import ID, IngestInMemory, call


def _clicked(ingest: IngestInMemory, command_id: str = "click-1") -> dict[str, Any]:
    return {
        "command_id": command_id,
        "issued_at": ingest.clock(),
        "actor": "user:ada",
        "reason": "mapped it",
    }


async def _commanded(ingest: IngestInMemory, command: ReplayDelivery | CheckSubscription) -> None:
    stream = f"command-{command.command_id}"
    await ingest.admin_commands.on_command(await ingest.record(command, stream))


async def test_h21_a_replay_that_is_clicked_twice_is_one_replay() -> None:
    ingest = IngestInMemory()
    stream = await ingest.deliver(b"no json")
    await ingest.work()
    replay = ReplayDelivery(**_clicked(ingest), delivery_id=stream.removeprefix("delivery-"))
    for _ in range(2):
        await _commanded(ingest, replay)
        await ingest.work()
    events = await ingest.events(stream)
    assert sum(isinstance(event, DeliveryReplayed) for event in events) == 1
    assert not any(isinstance(event, CommandRefused) for event in events)


async def test_h21_a_read_that_is_requested_twice_is_done_once() -> None:
    ingest = IngestInMemory()
    ingest.ghl.has(record(), order())
    await ingest.deliver(call("active"))
    await ingest.work()
    check = CheckSubscription(**_clicked(ingest), subscription_id=ID)
    for _ in range(2):
        await _commanded(ingest, check)
    await ingest.work()
    await _commanded(ingest, check)
    await ingest.work()
    events = await ingest.subscription()
    assert sum(isinstance(event, RecordReadRequested) for event in events) == 1
    assert sum(isinstance(event, RecordRead) for event in events) == 1
