"""Admin commands are handled once, and refused with a reason if they can't be."""

from slipway.contracts.commands import CheckSubscription, Command, CommandRefused, ReplayDelivery
from slipway.contracts.deliveries import (
    DeliveryApplied,
    DeliveryQuarantined,
    DeliveryReplayed,
)
from slipway.contracts.subscriptions import (
    RecordRead,
)

from tests.support.builders.ghl_records import order, record
from tests.support.dsl.ingest import ID, IngestInMemory, call


async def _commanded(ingest: IngestInMemory, command: Command) -> None:
    recorded = await ingest.record(command, f"command-{command.command_id}")
    await ingest.admin_commands.on_command(recorded)
    await ingest.admin_commands.on_command(recorded)
    await ingest.work()


def _by_a_person(ingest: IngestInMemory, command_id: str = "k1") -> dict[str, object]:
    return {
        "command_id": command_id,
        "issued_at": ingest.clock(),
        "actor": "user:a@example.com",
        "reason": "mapped it",
    }


async def test_a_quarantined_delivery_is_replayed_once_from_its_raw_body() -> None:
    ingest = IngestInMemory()
    stream = await ingest.deliver(call("active"))
    await ingest.work_for(250, every=10)
    assert isinstance((await ingest.events(stream))[-1], DeliveryQuarantined)
    ingest.ghl.has(record(), order())
    delivery_id = stream.removeprefix("delivery-")
    replay = ReplayDelivery.model_validate({**_by_a_person(ingest), "delivery_id": delivery_id})
    await _commanded(ingest, replay)
    recorded = await ingest.store.read(stream)
    replayed = [r for r in recorded if isinstance(r.event, DeliveryReplayed)]
    assert [r.meta.causation_id for r in replayed] == ["k1"]
    assert isinstance(recorded[-1].event, DeliveryApplied)


async def test_a_replay_of_a_body_that_kafka_no_longer_keeps_is_refused_with_a_reason() -> None:
    ingest = IngestInMemory()
    stream = await ingest.deliver(b"not json")
    await ingest.work()
    ingest.bodies.kept.clear()
    delivery_id = stream.removeprefix("delivery-")
    replay = ReplayDelivery.model_validate({**_by_a_person(ingest), "delivery_id": delivery_id})
    await _commanded(ingest, replay)
    events = await ingest.events(stream)
    assert isinstance(events[-1], CommandRefused)
    assert "30 days" in events[-1].reason


async def test_commands_about_an_unknown_target_are_refused_in_their_own_stream() -> None:
    ingest = IngestInMemory()
    replay = ReplayDelivery.model_validate({**_by_a_person(ingest), "delivery_id": "signed:no"})
    check = CheckSubscription.model_validate(
        {**_by_a_person(ingest, "k2"), "subscription_id": "loc1:no"}
    )
    for command in (replay, check):
        await _commanded(ingest, command)
        refused = await ingest.store.read(f"refusal-{command.command_id}")
        assert [type(r.event) for r in refused] == [CommandRefused]
        assert refused[0].meta.causation_id == command.command_id


async def test_a_read_for_an_admin_is_answered_under_the_commands_id() -> None:
    ingest = IngestInMemory()
    ingest.ghl.has(record(), order())
    await ingest.read()
    ingest.ghl.has(record(status="canceled"), order())
    check = CheckSubscription.model_validate({**_by_a_person(ingest), "subscription_id": ID})
    await _commanded(ingest, check)
    answers = [r for r in await ingest.store.read(f"subscription-{ID}") if r.version > 1]
    assert {r.meta.causation_id for r in answers} == {"k1"}
    last = answers[-1].event
    assert isinstance(last, RecordRead)
    assert (last.found, last.changed) == (True, True)
