"""Defensive reading of what GHL sends: any field may be missing, null, a string or a template."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

Payload = Mapping[str, Any]

_NUMBER_AS_TIME_LIMIT = 10**11
"""Above it a number is milliseconds: in seconds it would be the year 5138."""

_LARGEST_ID = 10**30
"""Python refuses to print a number of thousands of digits; no id is one."""

_MOST_DIGITS = 30

_LONGEST_WORD = 256
"""No id, status or name is longer; what is would only swell events past what a store takes."""


_UNSTORABLE = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
"""JSON can spell half a surrogate pair, which no UTF-8 store takes: it would stop a whole batch."""

_NO_WORDS = frozenset({"null", "undefined", "none", "n/a"})


def parse(body: bytes) -> Any:
    """JSON as it comes: NaN, half surrogates, repeated keys (the last counts), endless numbers.

    Raises ValueError or RecursionError.
    """
    return json.loads(body, parse_int=_whole)


def _whole(digits: str) -> int | float:
    # Python refuses a whole number of thousands of digits, and with it everything beside it.
    return int(digits) if len(digits) <= _MOST_DIGITS else float(digits)


def flat(payload: Payload) -> Payload:
    """The guide's sample reads a nested `data` that no capture shows: accept both, prefer flat."""
    return {**mapping(payload.get("data")), **payload}


def text(value: object) -> str | None:
    """A usable word, or None: blank, `null` and unrendered `{{merge.fields}}` are no value."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    if isinstance(value, int) and abs(value) >= _LARGEST_ID:
        return None
    word = str(value).strip()
    if _UNSTORABLE.search(word):
        return None
    usable = 0 < len(word) <= _LONGEST_WORD and "{{" not in word and word.lower() not in _NO_WORDS
    return word if usable else None


def mapping(value: object) -> Payload:
    return value if isinstance(value, Mapping) else {}


def items(value: object) -> Iterator[Payload]:
    """The objects in a list; a single object counts as a list of one."""
    if isinstance(value, Mapping):
        yield value
    elif isinstance(value, list):
        yield from (entry for entry in value if isinstance(entry, Mapping))


def first(payload: Payload, *names: str) -> str | None:
    """The first name with a usable word."""
    return next((word for name in names if (word := text(payload.get(name)))), None)


def moment(value: object) -> datetime | None:
    """An ISO time or a unix time, in UTC; None when it is neither."""
    if isinstance(value, bool):
        return None
    try:
        if isinstance(value, int | float):
            seconds = value / 1000 if value > _NUMBER_AS_TIME_LIMIT else value
            return datetime.fromtimestamp(seconds, UTC)
        if isinstance(value, str):
            return _aware(datetime.fromisoformat(value.strip()))
    except (ValueError, OverflowError, OSError):
        return None
    return None


def _aware(value: datetime) -> datetime:
    # A date without a zone is taken as UTC: GHL's own times all end in Z.
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
