"""The projector and the queries on a real MongoDB: transactions, offsets, exact buckets."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from slipway.contracts import incidents, subscriptions, vps
from slipway.messaging.offsets import OffsetConflict
from slipway.reporting.kpis.scorecard import KPIS, scorecard
from slipway.reporting.kpis.window import named_window
from slipway.reporting.read_models.metrics import MongoMetrics

from tests.support.builders.customer_story import NOON, Story
from tests.support.dsl.projecting import Folded
from tests.support.servers.portal import OKRS, ReadModels, read_models

pytestmark = pytest.mark.backing


@pytest.fixture
async def models(mongodb_url: str, namespace: str) -> AsyncIterator[ReadModels]:
    async with read_models(mongodb_url, namespace) as found:
        yield found


async def _buckets(models: ReadModels) -> dict[str, object]:
    found = models.database["buckets"].find()
    return {each["_id"]: _flat(each.get("counts", {})) async for each in found}


def _flat(tree: dict[str, object], path: str = "") -> dict[str, int]:
    flat: dict[str, int] = {}
    for name, value in tree.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{path}{name}.")
        elif value:
            flat[f"{path}{name}"] = int(str(value))
    return flat


def _many(customers: int) -> list[Story]:
    stories = [Story(f"loc1:sub{number}").bought(number) for number in range(customers)]
    for story in stories[::3]:
        story.entitled("absent", 100)
        story.wanted("absent", 101, source=2)
        story.started("delete", 102, "op4")
        story.deleted(130.123456)
    return stories


async def test_mongodb_holds_the_result_of_the_fold(models: ReadModels) -> None:
    records = [record for story in _many(30) for record in story.records]
    expected = Folded().batch(records)
    for start in range(0, len(records), 37):
        await models.project(records[start : start + 37])
    assert await _buckets(models) == {id_: dict(c) for id_, c in expected.buckets.items() if c}
    held = {task["_id"]: task["state"] async for task in models.database["tasks"].find()}
    assert held == {task["_id"]: task["state"] for task in expected.tasks()}


async def test_h10_a_stale_process_that_commits_an_older_batch_changes_nothing(
    models: ReadModels,
) -> None:
    records = Story().bought().records
    await models.projector.apply("vps", 0, offset=0, next_offset=7, records=records)
    before = await _buckets(models)
    with pytest.raises(OffsetConflict):
        await models.projector.apply("vps", 0, offset=0, next_offset=7, records=records)
    late = Story("loc1:late").bought().records
    with pytest.raises(OffsetConflict):
        await models.projector.apply("vps", 0, offset=3, next_offset=9, records=late)
    assert await _buckets(models) == before
    assert await models.projector.offset("vps", 0) == 7
    assert await models.queries.find_by_id("servers", "loc1:late-1") is None


async def test_h10_of_two_owners_at_the_same_time_only_one_writes(models: ReadModels) -> None:
    records = Story().bought().records
    results = await asyncio.gather(
        *(
            models.projector.apply("vps", 0, offset=0, next_offset=7, records=records)
            for _ in range(4)
        ),
        return_exceptions=True,
    )
    assert sum(result is None for result in results) == 1
    assert await _buckets(models) == {
        k: dict(v) for k, v in Folded().batch(records).buckets.items()
    }


async def test_partitions_written_at_the_same_time_lose_nothing(models: ReadModels) -> None:
    stories = _many(12)
    expected = Folded().batch(record for story in stories for record in story.records)

    async def partition(number: int, story: Story) -> None:
        for offset, record in enumerate(story.records):
            await models.projector.apply(
                "vps", number, offset=offset, next_offset=offset + 1, records=[record]
            )

    await asyncio.gather(*(partition(number, story) for number, story in enumerate(stories)))
    assert await _buckets(models) == {k: dict(v) for k, v in expected.buckets.items()}


async def test_h23_an_overdue_task_fails_without_any_event(models: ReadModels) -> None:
    story = Story()
    story.entitled("running", 0)
    await models.project(story.records)
    assert await models.scheduled_work.fail_overdue(story.time(3000)) == 0
    assert await models.scheduled_work.fail_overdue(story.time(3601)) == 1
    assert await models.scheduled_work.fail_overdue(story.time(3602)) == 0
    metrics = MongoMetrics(models.database, None)
    inputs = await metrics.inputs(named_window("24h", NOON + timedelta(hours=2)))
    assert scorecard(inputs, OKRS.kpi_targets())["error_rate"].value == 1


async def test_withheld_tasks_count_from_the_time_when_their_location_acts(
    models: ReadModels,
) -> None:
    story = Story()
    story.entitled("running", 0)
    story.wanted("running", 1)
    story.on_vps(vps.OperationWithheld, 2, kind="create", reason="observe")
    story.add("location-loc1", vps.LocationFound(location_id="loc1", mode="observe"), 2)
    await models.project(story.records)
    assert await models.scheduled_work.release_withheld() == 0
    assert [v["would_run"] for v in await models.queries.servers_to_change("loc1")] == ["create"]
    mode = {"location_id": "loc1", "mode": "act", "command_id": "k", "actor": "a", "reason": "r"}
    acts = story.add("location-loc1", vps.LocationModeSet(**mode), 90_000)
    await models.project([acts])
    assert await models.scheduled_work.release_withheld() == 1
    await models.scheduled_work.fail_overdue(story.time(93_601))
    (task,) = await models.queries.tasks_of(story.vps)
    assert (task["state"], task["cause"]) == ("failed", "overdue")


async def test_search_finds_a_vps_by_its_contact_its_address_and_its_id(models: ReadModels) -> None:
    for story in _many(5):
        await models.project(story.records)
    for search in ("contact1", "10.0.0", "loc1:sub1-", "slw-"):
        assert await models.queries.servers(search=search), search
    assert await models.queries.servers(search=".*") == []
    assert await models.queries.count_servers_by_status() == {"running": 3, "deleted": 2}


@pytest.mark.parametrize("name", ["24h", "7d", "30d", "month", "custom"])
async def test_each_window_adds_up_its_hours_and_days(models: ReadModels, name: str) -> None:
    for story in _many(11):
        await models.project(story.records)
    asked = named_window(name, NOON + timedelta(hours=5), begin=NOON - timedelta(days=9))
    inputs = await MongoMetrics(models.database, None).inputs(asked)
    kpis = scorecard(inputs, OKRS.kpi_targets())
    assert kpis["automation_success"].n == 15
    assert kpis["automation_success"].status == "met"
    assert kpis["provisioning_time"].status == "met"


async def test_every_query_uses_an_index(models: ReadModels) -> None:
    begins = {"$regex": "^loc1"}
    each_searched = [{name: begins} for name in ("_id", "subscription_ids", "location_id")]
    filters: dict[str, list[dict[str, Any]]] = {
        "lifecycles": [
            {"entitlement.problem": {"$gt": ""}},
            {"next_decision": {"$lte": NOON}},
            {"withheld": "loc1"},
        ],
        "tasks": [{"vps_id": "x"}, {"state": "failed", "decided_at": {"$gte": NOON}}],
        "timeline": [{"about": {"$in": ["x"]}}],
        "servers": [{"attention.reason": {"$gt": ""}}, {"status": "parked"}],
        "deliveries": [*each_searched, {"state": "received", "at": {"$gt": NOON}}],
        "incidents": [{"state": "open"}, {"notified_at": None, "since": {"$gt": NOON}}],
        "buckets": [{"span": "hour", "at": {"$gte": NOON}}],
    }
    for collection, queries in filters.items():
        for query in queries:
            plan = await models.database[collection].find(query).explain()
            assert "COLLSCAN" not in str(plan["queryPlanner"]["winningPlan"]), (collection, query)


async def test_cases_without_a_result_yet_do_not_lower_the_end_of_a_trend(
    models: ReadModels,
) -> None:
    story = Story()
    story.applied(story.delivered(0, "signed:done"), 10)
    story.delivered(600, "signed:just-here")
    await models.project(story.records)
    now = story.time(700)
    pieces = await MongoMetrics(models.database, None).trend(named_window("24h", now))
    metrics = [KPIS["webhook_processing"](piece) for piece in pieces]
    assert [kpi_value.value for kpi_value in metrics if kpi_value.n] == [1.0]
    later = await MongoMetrics(models.database, None).trend(named_window("24h", story.time(1000)))
    metrics = [KPIS["webhook_processing"](piece) for piece in later]
    assert [kpi_value.value for kpi_value in metrics if kpi_value.n] == [1.0, 0.0]


async def test_h30_a_paid_unmapped_price_needs_attention_until_it_is_mapped(
    models: ReadModels,
) -> None:
    story = Story()
    story.entitled("unchanged", 0, cls=subscriptions.PlanUnmapped, plan=None)
    await models.project(story.records)
    [lifecycle] = await models.queries.subscriptions_needing_attention()
    assert "no plan for p1" in lifecycle["entitlement"]["problem"]
    await models.project([story.entitled("running", 60)])
    assert await models.queries.subscriptions_needing_attention() == []


async def test_a_refund_needs_attention_until_an_admin_keeps_the_server(
    models: ReadModels,
) -> None:
    story = Story().bought()
    story.entitled("referred", 60, cls=subscriptions.EntitlementReferred)
    story.incident(61, cause="refund", subject=story.subscription)
    await models.project(story.records)
    [refunded] = await models.queries.subscriptions_needing_attention()
    assert refunded["_id"] == story.subscription
    kept = incidents.IncidentResolved(
        incident_id="i1", actor="user:ada@example.com", reason="kept", symptom_count=1
    )
    await models.project([story.add("incident-i1", kept, 120)])
    assert await models.queries.subscriptions_needing_attention() == []
    again = story.entitled("referred", 600, cls=subscriptions.EntitlementReferred)
    await models.project([again])
    assert len(await models.queries.subscriptions_needing_attention()) == 1
