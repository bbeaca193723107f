"""Defines the base of every event and command: a frozen pydantic class with a versioned type name.

Services define no messages themselves. `codec` finds a class by its `TYPE`.
"""

from datetime import datetime
from typing import Annotated, Any, ClassVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field


class Message(BaseModel):
    """Base of events and commands. Ignores unknown fields, because a newer writer may add some."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    TYPE: ClassVar[str]
    """CloudEvents type with its schema version, for example `slipway.vps.ready.v1`."""


class Event(Message):
    """Something that happened, named in the past tense.

    Events are stored in a stream and published on a topic.
    """


class Meta(BaseModel):
    """The origin of an event. Stored next to the event's data and sent in Kafka headers."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    correlation_id: str
    """The same for all events and commands that one external event led to, for example one
    webhook."""
    causation_id: str | None = None
    """Id of the event or command that led to this event. The portal uses it to find the answers to
    a command."""
    traceparent: str | None = None
    """W3C trace context. It continues a trace across the store, the relay and restarts."""
    actor: str = "slipway"
    """Who decided: `slipway`, `provider`, `ghl`, or `user:<mail>`."""

    @classmethod
    def caused_by(
        cls, cause: "Recorded", *, actor: str = "slipway", traceparent: str | None = None
    ) -> "Meta":
        """Returns the meta data for events that follow from `cause`.

        Without `traceparent`, uses the trace context of `cause`.
        """
        return cls(
            correlation_id=cause.meta.correlation_id,
            causation_id=cause.id,
            traceparent=traceparent or cause.meta.traceparent,
            actor=actor,
        )


class Recorded(BaseModel):
    """An event with its position in the stream, as the store and the consumers read it."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    stream: str
    version: Annotated[int, Field(ge=1)]
    epoch: Annotated[int, Field(ge=0)] = 0
    """Increased when a backup is restored. The events of a stream are ordered by (epoch,
    version)."""
    time: AwareDatetime
    event: Message
    """An event, or on topic `commands` a command. Each command has its own stream,
    `command-<id>`."""
    meta: Meta

    @property
    def id(self) -> str:
        """Returns `<epoch>/<stream>/<version>`.

        It is unique for ever, and is the CloudEvents id.
        """
        return event_id(self.epoch, self.stream, self.version)


def event_id(epoch: int, stream: str, version: int) -> str:
    return f"{epoch}/{stream}/{version}"


def headers_of(  # noqa: PLR0913 - CloudEvents names these attributes, and there are seven
    *,
    epoch: int,
    stream: str,
    version: int,
    type_: str,
    time: datetime,
    meta: dict[str, Any],
    source: str,
) -> dict[str, str]:
    """Returns the CloudEvents 1.0 attributes for Kafka's binary mode. Every value is text."""
    headers = {
        "ce_specversion": "1.0",
        "ce_id": event_id(epoch, stream, version),
        "ce_source": f"slipway/{source}",
        "ce_type": type_,
        "ce_subject": stream,
        "ce_time": time.isoformat(),
        "ce_sequence": str(version),
        "ce_epoch": str(epoch),
        "content-type": "application/json",
        "ce_correlationid": str(meta["correlation_id"]),
        "ce_actor": str(meta.get("actor") or "slipway"),
    }
    if meta.get("causation_id"):
        headers["ce_causationid"] = str(meta["causation_id"])
    if meta.get("traceparent"):
        headers["traceparent"] = str(meta["traceparent"])
    return headers
