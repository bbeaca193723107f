"""H30: a paid subscription with an unmapped price raises an incident."""

import pytest
from slipway.contracts.incidents import Severity
from slipway.contracts.subscriptions import EntitlementGranted, NotVpsRecognised, PlanUnmapped
from slipway.ingest.subscriptions.plans import Plans
from slipway.notifier.incidents.rules.result import Symptom
from slipway.notifier.incidents.rules.table import apply_rules
from slipway.reporting.kpis.formulas.error_rate import error_rate
from slipway.reporting.kpis.inputs import KpiInputs
from slipway.reporting.kpis.window import named_window

from tests.support.builders.customer_story import Story
from tests.support.builders.ghl_records import PLANS, item, order, record
from tests.support.dsl.ingest import IngestInMemory, call
from tests.support.dsl.projecting import Folded


@pytest.mark.parametrize("status", ["active", "trialing"])
async def test_h30_a_paid_unmapped_price_is_an_event(status: str) -> None:
    ingest = IngestInMemory()
    ingest.ghl.has(record(status=status), order(item("price_mystery", name="Mystery box")))
    await ingest.deliver(call(status))
    await ingest.work()
    events = await ingest.subscription()
    assert isinstance(events[-1], PlanUnmapped)
    assert (events[-1].price_id, events[-1].product_name) == ("price_mystery", "Mystery box")


async def test_h30_a_price_listed_as_no_vps_raises_no_incident() -> None:
    ingest = IngestInMemory()
    ingest.ghl.has(record(), order(item("price_coaching")))
    await ingest.deliver(call("active"))
    await ingest.work()
    assert [type(event) for event in await ingest.subscription()] == [NotVpsRecognised]


async def test_h30_after_the_mapping_the_next_read_grants_the_server() -> None:
    ingest = IngestInMemory()
    ingest.ghl.has(record(), order(item("price_mystery")))
    await ingest.deliver(call("active"))
    await ingest.work()
    mapped = Plans({"price_mystery": PLANS.by_price["price_small"]})
    reborn = IngestInMemory(mapped, before=ingest)
    await reborn.read()
    assert isinstance((await ingest.subscription())[-1], EntitlementGranted)


async def test_h30_after_the_mapping_the_first_poll_finds_each_waiting_customer_once() -> None:
    ingest = IngestInMemory()
    ingest.ghl.has(record(), order(item("price_mystery")))
    await ingest.deliver(call("active"))
    await ingest.work()
    for _ in range(3):
        assert await ingest.poller.poll_once() == 0
    reborn = IngestInMemory(Plans({"price_mystery": PLANS.by_price["price_small"]}), before=ingest)
    assert await reborn.poller.poll_once() == 1
    await reborn.work()
    assert isinstance((await ingest.subscription())[-1], EntitlementGranted)
    assert await reborn.poller.poll_once() == 0


def _bought_a_mystery(subscription: str = "loc1:sub1") -> Story:
    story = Story(subscription)
    story.entitled("unchanged", 0, cls=PlanUnmapped, plan=None)
    return story


def test_h30_in_the_notifier_one_price_is_one_incident_with_a_symptom_for_each_buyer() -> None:
    found = [
        finding
        for buyer in ("loc1:ada", "loc1:bob")
        for recorded in _bought_a_mystery(buyer).records
        for finding in apply_rules(recorded)
    ]
    symptoms = [one for one in found if isinstance(one, Symptom)]
    assert len(symptoms) == 2
    assert len({(one.cause, one.subject) for one in symptoms}) == 1
    assert len({one.affected for one in symptoms}) == 2
    assert {one.severity for one in symptoms} == {Severity.NOW}


def test_h30_in_the_metrics_it_is_a_failed_task() -> None:
    story = _bought_a_mystery()
    folded = Folded().batch(story.records)
    assert folded.outcomes() == [("create", "failed")]
    asked = named_window("24h", story.time(3600))
    rate = error_rate(KpiInputs(window=asked, counts=folded.counts(), fresh_deliveries=0))
    assert rate.value == 1
