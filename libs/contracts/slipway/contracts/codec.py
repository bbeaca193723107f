"""Converts events and commands to JSON and back. Old versions are upcast when they are read.

The store writes with `dump` and reads with `load`. `from_record` turns a Kafka record into a
`Recorded`.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from slipway.contracts import (
    commands,
    dead_letters,
    deliveries,
    feedback,
    heartbeats,
    incidents,
    subscriptions,
    vps,
)
from slipway.contracts.envelope import Event, Message, Meta, Recorded
from slipway.contracts.upcasting import UPCASTERS

_MODULES = (
    subscriptions,
    vps,
    deliveries,
    incidents,
    dead_letters,
    heartbeats,
    commands,
    feedback,
)


class UnknownType(Exception):
    """The type of a message is unknown, because it is newer or foreign.

    The consumer must pause and report it, never skip it.
    """


class Unreadable(Exception):
    """The bytes, headers or fields of a record can't be read. The record becomes a dead letter."""


def _registry() -> dict[str, type[Message]]:
    found: dict[str, type[Message]] = {}
    for module in _MODULES:
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, Message) and "TYPE" in vars(value):
                found[value.TYPE] = value
    return found


REGISTRY: Mapping[str, type[Message]] = _registry()


def newest(type_: str) -> type[Message] | None:
    """Returns the class of this type. Returns None if the type is unknown or must be upcast."""
    return None if type_ in UPCASTERS else REGISTRY.get(type_)


def dump(message: Message) -> dict[str, Any]:
    """Returns the message's fields as data for JSON, without the message's type."""
    return message.model_dump(mode="json")


def load(type_: str, data: Mapping[str, Any]) -> Message:
    """Returns the message in its newest class. Raises UnknownType or Unreadable."""
    body = dict(data)
    while type_ in UPCASTERS:
        type_, body = UPCASTERS[type_](body)
    cls = REGISTRY.get(type_)
    if cls is None:
        raise UnknownType(type_)
    try:
        return cls.model_validate(body)
    except ValidationError as error:
        raise Unreadable(f"{type_}: {_fields(error)}") from error


def load_event(type_: str, data: Mapping[str, Any]) -> Event:
    message = load(type_, data)
    if not isinstance(message, Event):
        raise Unreadable(f"{type_} is not an event")
    return message


def from_record(value: bytes | None, headers: Mapping[str, str]) -> Recorded:
    """Returns the event of a Kafka record in the binary mode of CloudEvents.

    Raises only UnknownType or Unreadable.
    """
    try:
        type_ = headers["ce_type"]
        meta = Meta(
            correlation_id=headers["ce_correlationid"],
            causation_id=headers.get("ce_causationid"),
            traceparent=headers.get("traceparent"),
            actor=headers.get("ce_actor", "slipway"),
        )
        if type_ not in REGISTRY and type_ not in UPCASTERS:
            raise UnknownType(type_)
        return Recorded(
            stream=headers["ce_subject"],
            version=int(headers["ce_sequence"]),
            epoch=int(headers.get("ce_epoch", "0")),
            time=datetime.fromisoformat(headers["ce_time"]),
            event=load(type_, json.loads(value or b"")),
            meta=meta,
        )
    except (KeyError, ValueError, TypeError, RecursionError) as error:
        # A body nested a hundred thousand levels deep makes the parser raise RecursionError.
        raise Unreadable(f"{type(error).__name__}: {error}") from error


def _fields(error: ValidationError) -> str:
    # Field names and reasons only: input values may be personal or secret.
    return "; ".join(
        f"{'.'.join(str(part) for part in item['loc'])}: {item['msg']}" for item in error.errors()
    )
