"""Every Prometheus metric and what it means, in one place; `health` serves them at /metrics."""

from prometheus_client import Counter, Gauge, Histogram

ACCEPTED = Histogram(
    "slipway_webhook_accept_seconds",
    "From a webhook's first byte read to its answer, by answer",
    ["status"],
)
CONSUMER_LAG = Gauge(
    "slipway_consumer_lag_records", "Records in Kafka not yet handled", ["service", "topic"]
)
DUE_AGE = Gauge(
    "slipway_due_work_age_seconds", "How overdue the oldest due work is", ["service", "category"]
)
RELAY_DELAY = Gauge(
    "slipway_relay_delay_seconds", "Age of the oldest append not yet published", ["service"]
)
PROVIDER_ATTEMPTS = Counter(
    "slipway_provider_attempts_total",
    "Calls to a provider, by operation and class of outcome",
    ["provider", "operation", "outcome"],
)
PROVIDER_BUDGET = Gauge(
    "slipway_provider_budget_requests", "Requests left in the provider's window", ["account"]
)
DEAD_LETTERS = Counter(
    "slipway_dead_letters_total", "Records set aside for a person", ["service", "topic"]
)
