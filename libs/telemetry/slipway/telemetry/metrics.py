"""Defines all Prometheus metrics with their meaning. `health` serves them at /metrics."""

import math
from collections.abc import Mapping
from typing import Any

from prometheus_client import Counter, Gauge, Histogram

ACCEPTED = Histogram(
    "slipway_webhook_accept_seconds",
    "From a webhook's first byte read to its answer, by answer",
    ["status"],
)
CONSUMER_LAG = Gauge(
    "slipway_consumer_lag_records", "Records in Kafka not yet handled", ["service"]
)
DUE_AGE = Gauge("slipway_due_work_age_seconds", "How overdue the oldest due work is", ["service"])
RELAY_DELAY = Gauge(
    "slipway_relay_delay_seconds", "Age of the oldest append not yet published", ["service"]
)
PROVIDER_ATTEMPTS = Counter(
    "slipway_provider_attempts_total",
    "Calls to a provider, by operation and class of outcome",
    ["provider", "operation", "outcome"],
)
PROVIDER_RATE_LIMIT = Gauge(
    "slipway_provider_rate_limit_remaining", "Requests left in the provider's window", ["account"]
)
GHL_RATE_LIMIT = Gauge(
    "slipway_ghl_rate_limit_remaining", "Requests left in GHL's window of ten seconds", ["location"]
)
DEAD_LETTERS = Counter(
    "slipway_dead_letters_total", "Records that became a dead letter", ["service", "topic"]
)
TASK_FAILURES = Counter(
    "slipway_task_failures_total",
    "Failures of a process's supervised tasks; each is restarted",
    ["service", "task"],
)

CLOCK_SKEW = Gauge(
    "slipway_clock_skew_seconds",
    "How far the process's clock is ahead of the database's",
    ["service"],
)

_HEARTBEAT_GAUGES = {
    "clock_skew_seconds": CLOCK_SKEW,
    "lag": CONSUMER_LAG,
    "oldest_due_seconds": DUE_AGE,
    "oldest_unpublished_seconds": RELAY_DELAY,
}


def set_heartbeat_gauges(service: str, sample: Mapping[str, Any]) -> None:
    """Sets gauges to the heartbeat's values.

    A missing value becomes NaN, as an old value would mislead.
    """
    for name, gauge in _HEARTBEAT_GAUGES.items():
        value = sample.get(name)
        gauge.labels(service).set(math.nan if value is None else value)
