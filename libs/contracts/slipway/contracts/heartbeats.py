"""Topic `heartbeats`: each process reports its health every five seconds, past the relay (H18)."""

from pydantic import AwareDatetime, Field

from slipway.contracts.envelope import Event


class Heartbeat(Event):
    """Published straight to Kafka. A missing heartbeat, or one that shows a problem, pages."""

    TYPE = "slipway.heartbeats.heartbeat.v1"

    service: str
    instance: str
    """Name of the process, from the setting `<service>_instance`. A restart keeps it."""
    at: AwareDatetime
    started_at: AwareDatetime
    """Changes with each restart, and the counters begin at zero."""
    oldest_unpublished_seconds: float | None = None
    """Age of the oldest append that the relay has not published; None if the store is away."""
    oldest_due_seconds: float | None = None
    """How overdue the oldest due work is; None if the store is away."""
    lag: int | None = None
    """Records not yet handled over all topics of this consumer group member."""
    failing_tasks: dict[str, AwareDatetime] = Field(default_factory=dict)
    """Tasks that failed and have not yet run for a while since, with the time of the first failure.
    """
    counters: dict[str, int] = Field(default_factory=dict)
    """Running totals since started_at: `accepted`, `refused_signature`, `too_large`, `not_durable`,
    `duplicates` at the edge; `provider_retries_healed` and the like elsewhere."""
