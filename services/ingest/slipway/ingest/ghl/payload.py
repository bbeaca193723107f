"""Reads GHL's JSON (pure). Any field may be missing, null, a string or a template."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

Payload = Mapping[str, Any]

_MAX_UNIX_SECONDS = 10**11
"""A larger number is milliseconds: as seconds it would be the year 5138."""

_MAX_ID = 10**30
"""No id is larger. Python can't print a number of thousands of digits."""

_MAX_DIGITS = 30

_MAX_TEXT_LENGTH = 256
"""No id, status or name is longer; a longer one could exceed the store's document limit."""

_UNSTORABLE = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
"""JSON can contain half a surrogate pair. No UTF-8 store accepts it, so the batch would fail."""

_UNIX_TIME = re.compile(r"[0-9]{9,16}(\.[0-9]{1,9})?")
"""Fewer digits may be a date such as `20261005`."""

_PLACEHOLDERS = frozenset({"null", "undefined", "none", "n/a"})


def parse_json(body: bytes) -> Any:
    """Returns the JSON value. Raises ValueError or RecursionError.

    Accepts NaN, half surrogate pairs and huge numbers. If a key is repeated, the last one counts.
    """
    return json.loads(body, parse_int=_parse_int)


def _parse_int(digits: str) -> int | float:
    # Python can't parse an integer of thousands of digits and would refuse the whole body.
    return int(digits) if len(digits) <= _MAX_DIGITS else float(digits)


def flat(payload: Payload) -> Payload:
    """Returns the payload with the fields of a nested `data` added. Top-level fields win.

    GHL's sample code reads a nested `data`, but no captured webhook has one.
    """
    return {**mapping(payload.get("data")), **payload}


def text(value: object) -> str | None:
    """Returns a usable text, or None for a blank, `null` or an unrendered `{{merge.field}}`."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    if isinstance(value, int) and abs(value) >= _MAX_ID:
        return None
    word = str(value).strip()
    if not 0 < len(word) <= _MAX_TEXT_LENGTH or _UNSTORABLE.search(word):
        return None
    return None if "{{" in word or word.lower() in _PLACEHOLDERS else word


def is_blank(value: object) -> bool:
    """Returns whether the field says nothing: missing, empty, `null` or an unrendered field."""
    if not isinstance(value, str):
        return value is None
    word = value.strip()
    return not word or word.lower() in _PLACEHOLDERS or "{{" in word


def mapping(value: object) -> Payload:
    """Returns the value if it is an object, else an empty object."""
    return value if isinstance(value, Mapping) else {}


def items(value: object) -> Iterator[Payload]:
    """Returns the objects in a list. A single object is treated as a list of one."""
    if isinstance(value, Mapping):
        yield value
    elif isinstance(value, list):
        yield from (entry for entry in value if isinstance(entry, Mapping))


def first(payload: Payload, *names: str) -> str | None:
    """Returns the first usable text among these fields, or None."""
    return next((word for name in names if (word := text(payload.get(name)))), None)


def moment(value: object) -> datetime | None:
    """Returns the UTC time of an ISO or unix time, or None for anything else.

    A unix time may be in seconds or milliseconds, and may be a text.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and _UNIX_TIME.fullmatch(value.strip()):
        value = float(value)
    try:
        if isinstance(value, int | float):
            seconds = value / 1000 if value > _MAX_UNIX_SECONDS else value
            return datetime.fromtimestamp(seconds, UTC)
        if isinstance(value, str):
            return _in_utc(datetime.fromisoformat(value.strip()))
    except (ValueError, OverflowError, OSError):
        return None
    return None


def _in_utc(value: datetime) -> datetime:
    # A time without a zone is taken as UTC: GHL's own times all end in Z.
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
