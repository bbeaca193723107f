"""What becomes of deliveries: hints followed, records read back, ends written, nothing lost."""

import pytest
from slipway.contracts.commands import CheckSubscription, Command, CommandRefused, ReplayDelivery
from slipway.contracts.deliveries import (
    DeliveryApplied,
    DeliveryChannel,
    DeliveryIgnored,
    DeliveryQuarantined,
    DeliveryReplayed,
    LocationFellSilent,
    LocationSilenceEnded,
    SilenceCause,
)
from slipway.contracts.subscriptions import (
    EntitlementEnded,
    EntitlementGranted,
    RecordRead,
    WriteBackDone,
    WriteBackFailed,
)
from slipway.contracts.vps import VpsDeleted, VpsReady
from slipway.ingest.ghl.port import ApiProblem, TryLater

from tests.support.builders.ghl_records import CONTACT, LOCATION, ORDER, SUBSCRIPTION, order, record
from tests.support.dsl.ingest import ID, IngestInMemory, call

SIGNED = DeliveryChannel.SIGNED

WRITE_BACK = f"writeback-{LOCATION}:{CONTACT}"
PAID = {"type": "OrderCreate", "locationId": LOCATION, "_id": ORDER, "webhookId": "w1"}


async def test_a_webhook_twice_late_or_out_of_order_changes_nothing() -> None:
    ingest = IngestInMemory()
    ingest.ghl.has(record(), order())
    await ingest.deliver(PAID, SIGNED)
    await ingest.work()
    once = await ingest.subscription()
    await ingest.deliver(PAID, SIGNED)
    await ingest.deliver({**PAID, "webhookId": "w2", "type": "OrderStatusUpdate"}, SIGNED)
    await ingest.deliver(call("active"))
    await ingest.work_for(5)
    assert await ingest.subscription() == once
    assert [type(event) for event in once] == [EntitlementGranted]


async def test_while_ghl_is_away_deliveries_wait_and_then_catch_up() -> None:
    ingest = IngestInMemory()
    ingest.ghl.outage()
    streams = [await ingest.deliver(call("active")) for _ in range(3)]
    await ingest.work_for(600)
    assert ingest.ghl.tries < 300, "not every second by each"
    for stream in streams:
        assert len(await ingest.events(stream)) == 1, "neither ended nor quarantined"
    ingest.ghl.down = None
    ingest.ghl.has(record(), order())
    await ingest.work_for(11)
    for stream in streams:
        assert isinstance((await ingest.events(stream))[-1], DeliveryApplied)
    assert len(await ingest.subscription()) == 1


async def test_a_record_that_lags_behind_its_webhook_is_looked_at_again() -> None:
    ingest = IngestInMemory()
    ingest.ghl.has(record(), order())
    await ingest.deliver(call("active"))
    await ingest.work()
    stream = await ingest.deliver(call("canceled"))
    await ingest.work_for(20)
    assert len(await ingest.events(stream)) == 1
    ingest.ghl.has(record(status="canceled"), order())
    await ingest.work_for(30)
    assert isinstance((await ingest.subscription())[-1], EntitlementEnded)
    assert isinstance((await ingest.events(stream))[-1], DeliveryApplied)


async def test_looking_again_ends_though_the_record_never_shows_the_claim() -> None:
    ingest = IngestInMemory()
    ingest.ghl.has(record(), order())
    stream = await ingest.deliver(call("canceled"))
    await ingest.work_for(130)
    assert isinstance((await ingest.events(stream))[-1], DeliveryApplied)
    assert ingest.ghl.gets < 15
    assert [type(event) for event in await ingest.subscription()] == [EntitlementGranted]


async def test_events_carry_the_deliverys_correlation_cause_and_trace() -> None:
    ingest = IngestInMemory()
    ingest.ghl.has(record(), order())
    stream = await ingest.deliver(call("active"))
    await ingest.work()
    received = (await ingest.store.read(stream))[0]
    granted = (await ingest.store.read(f"subscription-{ID}"))[0]
    assert granted.meta.correlation_id == received.meta.correlation_id
    assert granted.meta.causation_id == received.id
    trace = str(received.meta.traceparent).split("-")[1]
    assert trace in str(granted.meta.traceparent)


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
    await ingest.work_for(130, every=10)
    assert isinstance((await ingest.events(stream))[-1], DeliveryQuarantined)
    ingest.ghl.has(record(), order())
    delivery_id = stream.removeprefix("delivery-")
    replay = ReplayDelivery.model_validate({**_by_a_person(ingest), "delivery_id": delivery_id})
    await _commanded(ingest, replay)
    recorded = await ingest.store.read(stream)
    replayed = [r for r in recorded if isinstance(r.event, DeliveryReplayed)]
    assert [r.meta.causation_id for r in replayed] == ["k1"]
    assert isinstance(recorded[-1].event, DeliveryApplied)


async def test_a_body_that_kafka_no_longer_keeps_is_refused_with_a_reason() -> None:
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


async def test_commands_about_what_is_not_there_are_refused_in_their_own_stream() -> None:
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


async def test_a_persons_read_is_answered_under_the_commands_id() -> None:
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


def _ready(ip: str | None = "192.0.2.7") -> VpsReady:
    return VpsReady(
        vps_id=f"{ID}-1",
        subscription_id=ID,
        location_id=LOCATION,
        operation_id="op1",
        provider_id="42",
        generation=1,
        ipv4=ip,
    )


async def test_a_proof_is_written_to_the_contact_with_a_receipt() -> None:
    ingest = IngestInMemory()
    ingest.ghl.has(record(), order())
    await ingest.read()
    ingest.ghl.outage()
    await ingest.vps.on_vps(await ingest.record(_ready(), f"vps-{ID}-1", 5))
    await ingest.work()
    assert ingest.ghl.contacts == {}
    ingest.ghl.down = None
    await ingest.work_for(3)
    assert ingest.ghl.contacts == {CONTACT: {"cf1": "192.0.2.7", "cf2": "ready"}}
    assert isinstance((await ingest.events(WRITE_BACK))[-1], WriteBackDone)
    gone = VpsDeleted(**_ready().model_dump(exclude={"ipv4", "ipv6", "region"}))
    await ingest.vps.on_vps(await ingest.record(gone, f"vps-{ID}-1", 9))
    await ingest.vps.on_vps(await ingest.record(_ready(), f"vps-{ID}-1", 5))
    await ingest.work()
    assert ingest.ghl.contacts == {CONTACT: {"cf1": "", "cf2": "gone"}}


async def test_a_buyer_of_two_sees_both_and_losing_one_leaves_the_other() -> None:
    ingest = IngestInMemory()
    other = "68d0000000000000000000b2"
    ingest.ghl.has(record(), order())
    ingest.ghl.has(record(_id=other), order())
    await ingest.read()
    about = {"subscription_id": f"{LOCATION}:{other}", "vps_id": f"{LOCATION}:{other}-1"}
    second = _ready("192.0.2.8").model_copy(update={**about, "contact_id": CONTACT})
    await ingest.vps.on_vps(await ingest.record(_ready(), f"vps-{ID}-1", 5))
    await ingest.vps.on_vps(await ingest.record(second, f"vps-{about['vps_id']}", 5))
    await ingest.work()
    assert ingest.ghl.contacts == {CONTACT: {"cf1": "192.0.2.7, 192.0.2.8", "cf2": "ready"}}
    done = [one for one in await ingest.events(WRITE_BACK) if isinstance(one, WriteBackDone)]
    assert {one.subscription_id for one in done} == {ID, about["subscription_id"]}
    gone = VpsDeleted(**_ready().model_dump(exclude={"ipv4", "ipv6", "region"}))
    await ingest.vps.on_vps(await ingest.record(gone, f"vps-{ID}-1", 9))
    await ingest.work()
    assert ingest.ghl.contacts == {CONTACT: {"cf1": "192.0.2.8", "cf2": "ready"}}


async def test_a_field_that_the_agency_never_made_is_said() -> None:
    ingest = IngestInMemory()
    ingest.ghl.has(record(), order())
    await ingest.read()
    ingest.ghl.fields = {"vps_ip": "cf1"}
    await ingest.vps.on_vps(await ingest.record(_ready(), f"vps-{ID}-1", 5))
    await ingest.work()
    failed = (await ingest.events(WRITE_BACK))[-1]
    assert isinstance(failed, WriteBackFailed)
    assert "vps_state" in failed.problem


async def test_a_location_that_cannot_be_read_falls_silent_and_is_heard_again() -> None:
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


async def test_a_location_without_deliveries_falls_silent_where_they_were_heard() -> None:
    """Without a poller in this process: roles may be processes apart."""
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


async def test_what_needs_nothing_ends_by_its_rule_without_asking_ghl() -> None:
    ingest = IngestInMemory()
    ingest.ghl.outage()
    body = {"type": "ContactCreate", "locationId": LOCATION, "webhookId": "w9"}
    stream = await ingest.deliver(body, SIGNED)
    await ingest.work()
    assert isinstance((await ingest.events(stream))[-1], DeliveryIgnored)


async def test_an_array_body_reads_each_purchase_once() -> None:
    ingest = IngestInMemory()
    ingest.ghl.has(record(), order())
    stream = await ingest.deliver(
        [PAID, {**PAID, "type": "OrderStatusUpdate", "contactId": CONTACT}], SIGNED
    )
    await ingest.work()
    assert stream
    (end,) = [
        event
        for name in ingest.store._streams
        if name.startswith("delivery-")
        for event in await ingest.events(name)
        if isinstance(event, DeliveryApplied)
    ]
    assert end.subscription_ids == (f"{LOCATION}:{SUBSCRIPTION}",)
    assert ingest.ghl.gets == 1
