"""H21 in ingest: a replay or a reading that is asked for twice is done once."""

from typing import Any

from slipway.contracts.commands import CheckSubscription, CommandRefused, ReplayDelivery
from slipway.contracts.deliveries import DeliveryReplayed
from slipway.contracts.subscriptions import RecordRead, RecordReadRequested

from tests.support.builders.ghl_records import order, record
from tests.support.dsl.ingest_in_memory import ID, World, call


def _clicked(world: World, command_id: str = "click-1") -> dict[str, Any]:
    return {
        "command_id": command_id,
        "issued_at": world.clock(),
        "actor": "user:ada",
        "reason": "mapped it",
    }


async def _commanded(world: World, command: ReplayDelivery | CheckSubscription) -> None:
    stream = f"command-{command.command_id}"
    await world.decisions.on_command(await world.record(command, stream))


async def test_h21_a_replay_clicked_twice_is_one_replay() -> None:
    world = World()
    stream = await world.deliver(b"no json")
    await world.work()
    replay = ReplayDelivery(**_clicked(world), delivery_id=stream.removeprefix("delivery-"))
    for _ in range(2):
        await _commanded(world, replay)
        await world.work()
    events = await world.events(stream)
    assert sum(isinstance(event, DeliveryReplayed) for event in events) == 1
    assert not any(isinstance(event, CommandRefused) for event in events)


async def test_h21_a_reading_asked_for_twice_is_read_once() -> None:
    world = World()
    world.ghl.has(record(), order())
    await world.deliver(call("active"))
    await world.work()
    check = CheckSubscription(**_clicked(world), subscription_id=ID)
    for _ in range(2):
        await _commanded(world, check)
    await world.work()
    await _commanded(world, check)
    await world.work()
    events = await world.subscription()
    assert sum(isinstance(event, RecordReadRequested) for event in events) == 1
    assert sum(isinstance(event, RecordRead) for event in events) == 1
