"""Topic `dead_letters`: records that a consumer could not process.

Such a record waits for an operator. There is one stream per consumer and key,
`deadletter-<consumer>:<hash of key>`. While the stream is open, later records of the same key wait
behind the first one, in their sequence. Records of other keys do not wait (H32).
"""

from pydantic import BaseModel, ConfigDict

from slipway.contracts.envelope import Event


class RecordRef(BaseModel):
    """The position of a record in Kafka."""

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
    """The consumer could not process a record of this key."""

    TYPE = "slipway.dead-letters.opened.v1"

    record: RecordRef
    error: str
    """The error's class and message, without any values of the record."""


class DeadLetterQueued(DeadLetterEvent):
    """A later record of the same key waits behind the dead letter."""

    TYPE = "slipway.dead-letters.queued.v1"

    record: RecordRef


class DeadLetterRedriveRequested(DeadLetterEvent):
    """An operator asked for the first waiting record to be processed again."""

    TYPE = "slipway.dead-letters.redrive-requested.v1"

    command_id: str


class DeadLetterRedriven(DeadLetterEvent):
    """The first record was processed. The consumer continues with the next record automatically."""

    TYPE = "slipway.dead-letters.redriven.v1"

    record: RecordRef


class DeadLetterRedriveFailed(DeadLetterEvent):
    TYPE = "slipway.dead-letters.redrive-failed.v1"

    record: RecordRef
    error: str


class DeadLetterSkipped(DeadLetterEvent):
    """An admin decided to skip the first record. The records behind it are processed."""

    TYPE = "slipway.dead-letters.skipped.v1"

    command_id: str
    record: RecordRef


class DeadLetterClosed(DeadLetterEvent):
    """No record of the key waits any more."""

    TYPE = "slipway.dead-letters.closed.v1"
