"""Converts events and states to plain data for both stores, and back to their classes."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_json

from slipway.contracts import codec
from slipway.contracts.envelope import Event, Meta, Recorded
from slipway.eventstore.decider import Decider
from slipway.eventstore.store import MAX_APPEND_BYTES, MAX_EVENT_BYTES, EventTooLarge
from slipway.eventstore.stream import Stream

Document = dict[str, Any]


def entries_of(
    events: Sequence[Event], *, after_version: int, epoch: int, now: datetime, meta: Meta
) -> list[Document]:
    """Returns the entries that an append stores, one for each event. Raises EventTooLarge."""
    kept = meta.model_dump(exclude_none=True)
    entries, whole = [], 0
    for version, event in enumerate(events, start=after_version + 1):
        data = codec.dump(event)
        size = len(to_json(data))
        if size > MAX_EVENT_BYTES:
            raise EventTooLarge(f"{event.TYPE} has {size} bytes, the most is {MAX_EVENT_BYTES}")
        whole += size
        if whole > MAX_APPEND_BYTES:
            raise EventTooLarge(f"one append of more than {MAX_APPEND_BYTES} bytes")
        entries.append(
            {
                "version": version,
                "epoch": epoch,
                "type": event.TYPE,
                "time": now,
                "data": data,
                "meta": kept,
            }
        )
    return entries


def recorded_of(stream: str, entry: Document, private: Sequence[type[Event]] = ()) -> Recorded:
    """Returns the event of a stored entry.

    Raises codec.UnknownType if this code does not know its type.
    """
    return Recorded(
        stream=stream,
        version=entry["version"],
        epoch=entry["epoch"],
        time=entry["time"],
        event=event_of(entry, private),
        meta=Meta.model_validate(entry["meta"]),
    )


def recorded_now(
    stream: Stream[Any], events: Sequence[Event], *, epoch: int, now: datetime, meta: Meta
) -> list[Recorded]:
    """Returns the events just appended to this stream, in the form that a reader receives."""
    first = stream.version - len(events) + 1
    return [
        Recorded(
            stream=stream.id,
            version=version,
            epoch=epoch,
            time=to_millis(now),
            event=event,
            meta=meta,
        )
        for version, event in enumerate(events, start=first)
    ]


def to_millis(time: datetime) -> datetime:
    """Returns the time rounded down to milliseconds, because MongoDB stores no smaller unit."""
    return time.replace(microsecond=time.microsecond // 1000 * 1000)


def event_of(entry: Document, private: Sequence[type[Event]]) -> Event:
    for cls in private:
        if entry["type"] == cls.TYPE:
            return cls.model_validate(entry["data"])
    return codec.load_event(entry["type"], entry["data"])


def dump_state(state_type: Any, state: Any) -> Document:
    """Returns the state as `{case, fields}`.

    `case` is the name of the class, because several classes of a union may have the same fields.
    """
    case = type(state).__name__
    return {"case": case, "fields": _adapters(state_type)[case].dump_python(state, mode="json")}


def load_state(state_type: Any, document: Document) -> Any:
    return _adapters(state_type)[document["case"]].validate_python(document["fields"])


@cache
def _adapters(state_type: Any) -> dict[str, TypeAdapter[Any]]:
    # Cached, because a pydantic adapter takes milliseconds to build.
    union = get_origin(state_type) in {Union, UnionType}
    cases: Iterable[Any] = get_args(state_type) if union else (state_type,)
    return {case.__name__: TypeAdapter(case) for case in cases}


def stream_after(
    decider: Decider[Any, Any], stream: Stream[Any], events: Sequence[Event]
) -> Stream[Any]:
    """Returns the stream after these events."""
    return stream_at(
        decider, stream.id, stream.version + len(events), decider.fold(events, stream.state)
    )


def stream_at(decider: Decider[Any, Any], stream: str, version: int, state: Any) -> Stream[Any]:
    due_at = decider.due_at(state)
    return Stream(
        id=stream,
        version=version,
        state=state,
        due_at=None if due_at is None else to_millis(due_at),
        is_open=decider.is_open(state),
    )


def empty_stream(decider: Decider[Any, Any], stream: str) -> Stream[Any]:
    return stream_at(decider, stream, 0, decider.initial)


def snapshot(decider: Decider[Any, Any], document: Document) -> tuple[int, Any] | None:
    """Returns the version and the state of the stored snapshot.

    Returns None if another version of the code wrote it. The caller then folds the events.
    """
    if document.get("fold_version") != decider.fold_version:
        return None
    try:
        state = load_state(decider.state_type, document["state"])
    except (ValidationError, KeyError):
        # The state's class changed without a new fold_version: fold the events instead.
        return None
    return document["state_version"], state
