"""A heartbeat is sent whatever the store does, and its values are metrics too."""

import asyncio
import math
from datetime import UTC, datetime

import pytest
from prometheus_client import REGISTRY
from slipway.contracts.envelope import Recorded
from slipway.contracts.heartbeats import Heartbeat
from slipway.telemetry import heartbeat
from slipway.telemetry.heartbeat import HeartbeatPublisher, HeartbeatSample, Sample

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


class Kafka:
    def __init__(self) -> None:
        self.beats: list[Heartbeat] = []

    async def publish(self, recorded: Recorded) -> None:
        assert isinstance(recorded.event, Heartbeat)
        self.beats.append(recorded.event)


async def beaten(service: str, sample: Sample) -> Heartbeat:
    kafka = Kafka()
    await HeartbeatPublisher(kafka, service, "one", sample, clock=lambda: NOW).publish_once()
    return kafka.beats[-1]


def gauge(name: str, service: str) -> float:
    value = REGISTRY.get_sample_value(f"slipway_{name}", {"service": service})
    assert value is not None
    return value


def figures(service: str) -> list[float]:
    names = ("consumer_lag_records", "due_work_age_seconds", "relay_delay_seconds")
    return [gauge(name, service) for name in names]


async def test_the_values_of_a_heartbeat_are_metrics_too() -> None:
    async def sample() -> HeartbeatSample:
        return {"lag": 7, "oldest_due_seconds": 1.5, "oldest_unpublished_seconds": 0.0}

    beat = await beaten("said", sample)
    assert (beat.lag, beat.oldest_due_seconds) == (7, 1.5)
    assert figures("said") == [7, 1.5, 0.0]


async def test_a_store_that_raises_or_never_answers_stops_no_heartbeat(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(heartbeat, "SAMPLE_SECONDS", 0.05)

    async def raises() -> HeartbeatSample:
        raise ConnectionError("no store")

    async def hangs() -> HeartbeatSample:
        await asyncio.Event().wait()
        return {}

    for sample in (raises, hangs):
        beat = await beaten("silent", sample)
        assert (beat.at, beat.oldest_due_seconds) == (NOW, None)
        assert all(math.isnan(figure) for figure in figures("silent"))
