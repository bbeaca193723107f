"""H36: while something runs, a missing record and a status that entitles to nothing are news."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from slipway.contracts.deliveries import (
    DeliveryChannel,
    DeliveryIgnored,
    DeliveryQuarantined,
    IgnoreRule,
    LocationFellSilent,
    LocationSilenceEnded,
    QuarantineCause,
    SilenceCause,
)
from slipway.contracts.envelope import Meta, Recorded
from slipway.contracts.heartbeats import Heartbeat
from slipway.contracts.incidents import IncidentCause
from slipway.contracts.subscriptions import (
    EntitlementGranted,
    EntitlementLapsed,
    EntitlementWithheld,
    RecordNotShown,
    Verdict,
)
from slipway.eventstore.due_work import DueWork
from slipway.eventstore.memory import MemoryEventStore
from slipway.eventstore.stream import Claim
from slipway.ingest.ghl.caller import ApiCaller
from slipway.ingest.ghl.client import GhlClient
from slipway.notifier.incidents.rules.result import Recovery, Symptom
from slipway.notifier.incidents.rules.table import apply_rules
from slipway.notifier.monitoring.failing_steps import FailingSteps

from tests.support.builders.ghl_records import CONTACT, LOCATION, NOW, SUBSCRIPTION, order, record
from tests.support.dsl.ingest import IngestInMemory, call
from tests.support.dsl.projecting import Folded

DAY = 86_400
OTHER = "locUNKNOWN0000000001"


def recorded(event: Any, version: int = 1) -> Recorded:
    meta = Meta(correlation_id="c")
    return Recorded(stream="s-1", version=version, time=NOW, event=event, meta=meta)


def causes(event: Any) -> set[IncidentCause]:
    return {one.cause for one in apply_rules(recorded(event)) if isinstance(one, Symptom)}


async def running(status: str = "trialing") -> IngestInMemory:
    ingest = IngestInMemory()
    ingest.ghl.has(record(status=status), order())
    await ingest.deliver(call(status))
    await ingest.work()
    assert isinstance((await ingest.subscription())[-1], EntitlementGranted)
    return ingest


@pytest.mark.parametrize("status", ["incomplete", "incomplete_expired", "failed", "scheduled"])
async def test_h36_a_trial_that_is_never_paid_is_for_an_admin_and_nothing_is_destroyed(
    status: str,
) -> None:
    ingest = await running()
    for _ in range(2):
        ingest.ghl.has(record(status=status), order())
        await ingest.deliver(call(status))
        await ingest.work()
    _, lapsed = await ingest.subscription()
    assert isinstance(lapsed, EntitlementLapsed)
    assert lapsed.entitlement.verdict is Verdict.REFERRED
    assert causes(lapsed) == {IncidentCause.ENTITLEMENT_LAPSED}
    view = Folded().batch([recorded(lapsed)]).views["lifecycles"]
    [lifecycle] = view.values()
    assert lifecycle["entitlement"]["verdict"] == Verdict.REFERRED
    assert "you decide" in lifecycle["entitlement"]["problem"]

    ingest.ghl.has(record(), order())
    await ingest.deliver(call("active"))
    await ingest.work()
    paid = (await ingest.subscription())[-1]
    assert isinstance(paid, EntitlementGranted)
    ended = {one.cause for one in apply_rules(recorded(paid)) if isinstance(one, Recovery)}
    assert IncidentCause.ENTITLEMENT_LAPSED in ended


async def test_h36_a_running_server_whose_purchase_became_a_test_is_for_an_admin() -> None:
    ingest = await running("active")
    ingest.ghl.has(record(liveMode=False), order())
    await ingest.read()
    assert isinstance((await ingest.subscription())[-1], EntitlementLapsed)


async def test_h36_a_purchase_that_never_had_a_server_is_no_news() -> None:
    ingest = IngestInMemory()
    for status in ("incomplete", "incomplete_expired"):
        ingest.ghl.has(record(status=status), order())
        await ingest.read()
    found = await ingest.subscription()
    assert {type(event) for event in found} == {EntitlementWithheld}


async def test_h36_a_record_that_is_gone_is_news_after_two_days_and_destroys_nothing() -> None:
    ingest = await running("active")
    gone = ingest.ghl.subscriptions.pop(SUBSCRIPTION)
    await ingest.work_for(1.5 * DAY, every=600)
    _, first = await ingest.subscription()
    assert isinstance(first, RecordNotShown)
    assert not first.lasting
    assert causes(first) == set()
    await ingest.work_for(2 * DAY, every=600)
    _, _, lasting = await ingest.subscription()
    assert isinstance(lasting, RecordNotShown)
    assert lasting.lasting
    assert lasting.entitlement.verdict is Verdict.RUNNING
    assert causes(lasting) == {IncidentCause.RECORD_MISSING}
    [lifecycle] = Folded().batch([recorded(lasting)]).views["lifecycles"].values()
    assert "no longer shows" in lifecycle["entitlement"]["problem"]

    ingest.ghl.subscriptions[SUBSCRIPTION] = gone
    await ingest.work_for(7200, every=600)
    back = (await ingest.subscription())[-1]
    assert isinstance(back, EntitlementGranted)
    ended = {one.cause for one in apply_rules(recorded(back)) if isinstance(one, Recovery)}
    assert IncidentCause.RECORD_MISSING in ended


async def test_h36_a_healthy_fleet_costs_one_reading_a_day() -> None:
    ingest = await running("active")
    before = ingest.ghl.gets
    await ingest.work_for(5 * DAY, every=1800)
    assert 4 <= ingest.ghl.gets - before <= 5
    assert len(await ingest.subscription()) == 1


async def test_h36_a_location_that_is_not_configured_is_an_incident_and_not_processed() -> None:
    ingest = IngestInMemory()
    body = call("active") | {"location": {"id": OTHER}}
    stream = await ingest.deliver(body)
    await ingest.work()
    received, end = await ingest.events(stream)
    assert isinstance(end, DeliveryQuarantined)
    assert end.cause is QuarantineCause.LOCATION_NOT_CONFIGURED
    assert OTHER in end.reason
    [symptom] = [one for one in apply_rules(recorded(end)) if isinstance(one, Symptom)]
    assert (symptom.cause, symptom.subject) == (IncidentCause.LOCATION_NOT_CONFIGURED, OTHER)
    folded = Folded().batch([recorded(received), recorded(end, 2)])
    totals: dict[str, int] = {}
    for counters in folded.buckets.values():
        totals = {name: totals.get(name, 0) + n for name, n in counters.items()} | totals
    assert not any(name.endswith("processed") and n for name, n in totals.items())


async def test_h36_a_signed_event_of_another_location_of_the_app_is_ignored() -> None:
    ingest = IngestInMemory()
    body = {"type": "OrderCreate", "locationId": OTHER, "contactId": CONTACT, "webhookId": "w1"}
    stream = await ingest.deliver(body, DeliveryChannel.SIGNED)
    await ingest.work()
    end = (await ingest.events(stream))[-1]
    assert isinstance(end, DeliveryIgnored)
    assert end.rule is IgnoreRule.UNKNOWN_LOCATION


async def test_h36_six_hours_of_429_are_told_and_ask_less_and_less_often() -> None:
    ingest = IngestInMemory()
    requests: list[httpx.Request] = []
    blocked = True

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        page = {"data": [], "totalCount": 0}
        return httpx.Response(429) if blocked else httpx.Response(200, json=page)

    started: datetime = ingest.clock()

    async def sleep(seconds: float) -> None:
        nonlocal blocked
        ingest.clock.forward(seconds)
        blocked = ingest.clock() - started < timedelta(hours=6)

    transport = httpx.MockTransport(answer)
    async with httpx.AsyncClient(transport=transport, base_url="https://ghl") as client:
        caller = ApiCaller(
            client,
            {LOCATION: SecretStr("pit-1")},
            requests_per_10_seconds=100,
            clock=lambda: ingest.clock().timestamp(),
        )
        ingest.works_with(GhlClient(caller), ingest.plans)
        ingest.poller._sleep = sleep
        await ingest.poller.poll_once()
    assert len(requests) < 150
    silent, ended = await ingest.events(f"silence-{LOCATION}")
    assert isinstance(silent, LocationFellSilent)
    assert silent.cause is SilenceCause.RATE_LIMITED
    assert silent.since - started < timedelta(minutes=1)
    assert causes(silent) == {IncidentCause.LOCATION_SILENT}
    assert isinstance(ended, LocationSilenceEnded)


async def test_h36_a_step_that_fails_again_and_again_is_reported_until_it_succeeds() -> None:
    ingest = IngestInMemory()
    ingest.ghl.has(record(), order())
    stream = await ingest.deliver(call("active"))
    broken = True
    tries = 0

    async def step(claim: Claim) -> None:
        nonlocal tries
        tries += 1
        if broken:
            raise RuntimeError("a record that no step can take")
        await ingest.steps["delivery"](claim)

    assert isinstance(ingest.store, MemoryEventStore)
    work = DueWork(ingest.store, "delivery", step, owner="test", poll_seconds=0.01)
    task = asyncio.create_task(work.run())
    try:
        async with asyncio.timeout(10):
            while tries < 4:
                ingest.clock.forward(60)
                await asyncio.sleep(0.02)
            assert work.lasting_failures() == {}, "what passes is no news"
            while not work.lasting_failures():
                ingest.clock.forward(60)
                await asyncio.sleep(0.02)
            assert list(work.lasting_failures()) == [stream]
            broken = False
            while work.lasting_failures():
                ingest.clock.forward(60)
                await asyncio.sleep(0.02)
    finally:
        task.cancel()


def test_h36_the_notifier_names_the_service_and_the_stream_and_says_when_it_is_over() -> None:
    def beat(*streams: str) -> Heartbeat:
        failing = dict.fromkeys(streams, NOW)
        return Heartbeat(
            service="ingest", instance="1", at=NOW, started_at=NOW, failing_steps=failing
        )

    steps = FailingSteps()
    found = steps.evaluate("ingest", [beat("delivery-a", "delivery-b"), beat()])
    symptoms = [one for one in found if isinstance(one, Symptom)]
    assert {(one.cause, one.subject) for one in symptoms} == {
        (IncidentCause.STEP_FAILING, "ingest")
    }
    assert {one.affected for one in symptoms} == {"delivery-a", "delivery-b"}
    assert "delivery-a" in symptoms[0].explanation
    _, over = steps.evaluate("ingest", [beat("delivery-b")])
    assert isinstance(over, Recovery)
    assert over.affected == "delivery-a"
    [all_over] = steps.evaluate("ingest", [beat()])
    assert isinstance(all_over, Recovery)
