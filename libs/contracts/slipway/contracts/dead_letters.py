"""Topic `dead_letters`: records a consumer could not read or handle, kept until a person decides.

One stream per consumer and key (`deadletter-<consumer>:<hash of key>`): while it is open, later
records of that key line up behind it in order; nothing else waits (H32).
"""

from pydantic import BaseModel, ConfigDict

from slipway.contracts.envelope import Event


class RecordRef(BaseModel):
    """Where the record lies in Kafka."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    topic: str
    partition: int
    offset: int
    type: str | None = None
    event_id: str | None = None


class DeadLetterEvent(Event):
    dead_letter_id: str
    """`<consumer>:<hash of key>`."""
    consumer: str
    key: str


class DeadLetterOpened(DeadLetterEvent):
    """The first record of this key that could not be handled."""

    TYPE = "slipway.dead-letters.opened.v1"

    record: RecordRef
    error: str
    """Class and message; never the record's values."""


class DeadLetterQueued(DeadLetterEvent):
    """A later record of the key waits behind it."""

    TYPE = "slipway.dead-letters.queued.v1"

    record: RecordRef


class DeadLetterRedriveRequested(DeadLetterEvent):
    """A person asked to try the head of the queue again."""

    TYPE = "slipway.dead-letters.redrive-requested.v1"

    command_id: str


class DeadLetterRedriven(DeadLetterEvent):
    """The record at the head was handled; the queue moves on by itself."""

    TYPE = "slipway.dead-letters.redriven.v1"

    record: RecordRef


class DeadLetterRedriveFailed(DeadLetterEvent):
    TYPE = "slipway.dead-letters.redrive-failed.v1"

    record: RecordRef
    error: str


class DeadLetterSkipped(DeadLetterEvent):
    """A person decided that the head is not to be handled; the queue behind it is."""

    TYPE = "slipway.dead-letters.skipped.v1"

    command_id: str
    record: RecordRef


class DeadLetterClosed(DeadLetterEvent):
    """Nothing waits any more; the key flows freely again."""

    TYPE = "slipway.dead-letters.closed.v1"
