"""H23: stuck tasks count, a delivery counts once, and in the hour when GHL sent it."""

from datetime import timedelta

from slipway.contracts import deliveries
from slipway.reporting.kpis.counts import Counts
from slipway.reporting.kpis.formulas.error_rate import error_rate
from slipway.reporting.kpis.formulas.webhook_processing import webhook_processing
from slipway.reporting.kpis.inputs import KpiInputs
from slipway.reporting.kpis.window import named_window

from tests.support.builders.customer_story import NOON, Story
from tests.support.dsl.projecting import Folded


def _inputs(counts: Counts, fresh: int = 0) -> KpiInputs:
    asked = named_window("24h", NOON + timedelta(hours=2))
    return KpiInputs(window=asked, counts=counts, fresh_deliveries=fresh)


def test_h23_a_stuck_task_raises_the_error_rate_after_an_hour_without_any_event() -> None:
    done, stuck = Story("loc1:good").bought(), Story("loc1:stuck")
    stuck.entitled("running", 0)
    stuck.wanted("running", 1)
    folded = Folded().batch(done.records + stuck.records)
    assert error_rate(_inputs(folded.counts())).value == 0
    folded.later(stuck.time(3700))
    assert error_rate(_inputs(folded.counts())).value == 0.5


def test_h23_one_bad_delivery_delivered_and_replayed_many_times_counts_once() -> None:
    story = Story()
    good, bad = story.delivered(0, "signed:a"), story.delivered(1, "signed:b")
    story.applied(good, 2)
    stream = f"delivery-{bad}"
    facts = {"delivery_id": bad, "channel": "signed"}
    for at in range(3, 16, 2):
        quarantined = deliveries.DeliveryQuarantined(**facts, reason="no location")
        story.add(stream, quarantined, at)
        story.add(stream, deliveries.DeliveryReplayed(**facts, command_id="k"), at + 1)
    folded = Folded().batch(story.records)
    kpi_value = webhook_processing(_inputs(folded.counts()))
    assert (kpi_value.value, kpi_value.n) == (0.5, 2)


def test_h23_a_delivery_counts_in_the_hour_in_which_ghl_sent_it() -> None:
    story = Story()
    three_hours_before = story.time(-3 * 3600)
    story.delivered(0, sent_at=three_hours_before)
    folded = Folded().batch(story.records)
    assert sorted(folded.buckets["hour/2026-11-23T09"]) == [
        "deliveries.authentic",
        "deliveries.received",
    ]


def test_h23_a_change_that_only_polling_found_lowers_webhook_processing() -> None:
    story = Story()
    story.applied(story.delivered(0), 1)
    polled = story.delivered(5, "poll:x", channel="poll")
    story.applied(polled, 6, channel="poll")
    kpi_value = webhook_processing(_inputs(Folded().batch(story.records).counts()))
    assert (kpi_value.value, kpi_value.n) == (0.5, 2)
    assert kpi_value.details["found_by_polling_only"] == 1


def test_h23_a_new_delivery_does_not_count_yet_but_an_old_one_does() -> None:
    story = Story()
    story.applied(story.delivered(0), 1)
    story.delivered(10)
    counts = Folded().batch(story.records).counts()
    assert webhook_processing(_inputs(counts, fresh=1)).value == 1
    assert webhook_processing(_inputs(counts, fresh=0)).value == 0.5


def test_h23_the_start_is_ghls_own_time_even_after_an_outage_of_slipway() -> None:
    story = Story()
    story.entitled("running", 7200, started_at=story.time(0))
    story.wanted("running", 7201, desired_since=story.time(0))
    story.started("create", 7202)
    story.ready(7260)
    folded = Folded().batch(story.records)
    assert folded.counts().of("provisioning.ms") == 7_260_000
    assert folded.outcomes() == [("create", "failed")]
