"""Topic `heartbeats`: each process reports its health every five seconds (H18).

Heartbeats are published directly to Kafka, without the event store and the relay.
"""

from pydantic import AwareDatetime, Field

from slipway.contracts.envelope import Event


class Heartbeat(Event):
    """The health of one process.

    The notifier opens an incident if heartbeats are missing or bad.
    """

    TYPE = "slipway.heartbeats.heartbeat.v1"

    service: str
    instance: str
    """Name of the process, from the setting `<service>_instance`. It stays the same after a
    restart."""
    at: AwareDatetime
    started_at: AwareDatetime
    """When the process started. All counters are zero at this time."""
    oldest_unpublished_seconds: float | None = None
    """Age of the oldest append that the relay has not published. None if the store is
    unavailable."""
    oldest_due_seconds: float | None = None
    """How overdue the oldest due work is. None if the store is unavailable."""
    lag: int | None = None
    """Number of records that this process has not yet handled, over all its topics."""
    clock_skew_seconds: float | None = None
    """How far the process's clock is ahead of the database's; None: not measured."""
    failing_tasks: dict[str, AwareDatetime] = Field(default_factory=dict)
    """Background tasks that failed and have not yet run long enough without another failure. The
    value is the time of the first failure."""
    failing_steps: dict[str, AwareDatetime] = Field(default_factory=dict)
    """Streams whose due work fails again and again, with the time of the first failure."""
    counters: dict[str, int] = Field(default_factory=dict)
    """Totals since `started_at`. Ingest counts `accepted`, `refused_signature`, `too_large`,
    `not_durable` and `duplicates`. Every service counts `task_failures`."""
