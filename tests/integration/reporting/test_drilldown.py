"""The drill-down of a KPI lists its cases, and first those that count against it."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from slipway.contracts import deliveries, vps
from slipway.reporting.kpis.scorecard import KPIS
from slipway.reporting.kpis.window import Window, named_window
from slipway.reporting.read_models.metrics import MongoMetrics

from tests.support.builders.customer_story import NOON, Story
from tests.support.servers.portal import ReadModels, read_models

pytestmark = pytest.mark.backing

_NOW = NOON + timedelta(hours=2)
_DAY = named_window("24h", _NOW)
_BY: dict[str, Any] = {"command_id": "k1", "actor": "user:ada@example.com", "reason": "because"}


@pytest.fixture
async def models(mongodb_url: str, namespace: str) -> AsyncIterator[ReadModels]:
    async with read_models(mongodb_url, namespace) as found:
        yield found


def _well(number: int) -> Story:
    return Story(f"loc1:sub{number}").bought(number)


def _parked() -> Story:
    story = Story("loc1:stuck")
    story.entitled("running", 0)
    story.wanted("running", 1)
    story.started("create", 2)
    story.parked("create", 30)
    return story


async def _drill_down(models: ReadModels, kpi: str, asked: Window = _DAY) -> tuple[list[str], int]:
    found = await models.queries.drill_down(kpi, asked)
    return [str(each.get("vps_id", each["_id"])) for each in found.against], len(found.others)


@pytest.mark.parametrize("kpi", ["automation_success", "error_rate"])
async def test_failed_tasks_are_listed_before_successful_ones(models: ReadModels, kpi: str) -> None:
    for story in (_well(1), _well(2), _parked()):
        await models.project(story.records)
    assert await _drill_down(models, kpi) == (["loc1:stuck-1"], 2)


async def test_a_manual_task_counts_against_automation(models: ReadModels) -> None:
    story = _well(1)
    story.on_vps(vps.DeletionRequested, 500, **_BY, overridden=True)
    story.started("delete", 501, "op4")
    story.deleted(510, by_admin=True)
    await models.project(story.records)
    assert await _drill_down(models, "automation_success") == (["loc1:sub1-1"], 1)


async def test_a_change_that_only_polling_found_counts_against_webhook_processing(
    models: ReadModels,
) -> None:
    story = Story()
    story.applied(story.delivered(0, "signed:good"), 1)
    story.applied(story.delivered(5, "poll:new", channel="poll"), 6, channel="poll")
    story.applied(story.delivered(5, "poll:old", channel="poll"), 6, channel="poll", changed=False)
    bad = story.delivered(7, "signed:bad")
    facts = {"delivery_id": bad, "channel": "signed"}
    story.add(f"delivery-{bad}", deliveries.DeliveryQuarantined(**facts, reason="no id"), 8)
    await models.project(story.records)
    against, others = await _drill_down(models, "webhook_processing")
    assert (sorted(against), others) == (["poll:new", "signed:bad"], 1)


async def test_manual_interventions_count_by_the_month_for_any_window(models: ReadModels) -> None:
    last_week = Story("loc1:sub1", NOON - timedelta(days=7)).bought()
    last_week.on_vps(vps.VpsDrifted, 500, drift="missing")
    await models.project(last_week.records)
    assert await _drill_down(models, "manual_interventions") == (["loc1:sub1-1"], 0)
    formula = KPIS["manual_interventions"]
    metrics = MongoMetrics(models.database, None)
    for name in ("24h", "7d", "30d", "month"):
        assert formula(await metrics.inputs(named_window(name, _NOW))).value == 1, name
    day = named_window("custom", _NOW, begin=NOON)
    assert formula(await metrics.inputs(day)).value == 0
    assert await _drill_down(models, "manual_interventions", day) == ([], 0)


@pytest.mark.parametrize("kpi", KPIS)
async def test_a_drill_down_returns_no_more_cases_than_the_limit(
    models: ReadModels, kpi: str
) -> None:
    for story in (_well(1), _well(2), _parked()):
        await models.project(story.records)
    found = await models.queries.drill_down(kpi, _DAY, limit=1)
    assert len([*found.against, *found.others]) <= 1


async def test_a_trend_starts_with_the_first_data(
    models: ReadModels,
) -> None:
    ever = named_window("custom", _NOW, NOON.replace(year=1), NOON.replace(year=9000))
    metrics = MongoMetrics(models.database, None)
    assert await metrics.trend(ever) == []
    await models.project(_well(1).records)
    assert len(await metrics.trend(ever)) == 120


async def test_a_trend_is_drawn_in_steps_that_fit_its_length(models: ReadModels) -> None:
    await models.project(_well(1).records)
    metrics = MongoMetrics(models.database, None)
    lengths = {1: 60, 2: 120, 5: 5, 60: 60, 24 * 6: 7}
    for hours, pieces in lengths.items():
        asked = named_window("30d", NOON + timedelta(hours=hours))
        assert len(await metrics.trend(asked)) == pieces, hours


async def test_minute_buckets_are_deleted_after_a_day_and_no_others(models: ReadModels) -> None:
    await models.project(_well(1).records)
    metrics = MongoMetrics(models.database, None)
    before = await metrics.inputs(_DAY)
    await models.scheduled_work.delete_old_minutes(NOON + timedelta(hours=25))
    spans = {bucket["span"] async for bucket in models.database["buckets"].find()}
    assert spans == {"hour", "day"}
    assert (await metrics.inputs(_DAY)).counts.under("tasks.decided") == {"create": 1}
    assert before.counts.under("tasks.decided") == {"create": 1}
    assert len(await metrics.trend(_DAY)) == 2
