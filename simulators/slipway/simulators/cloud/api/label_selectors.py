"""Label selectors as at Hetzner: `k`, `!k`, `k=v`, `k!=v`, `k in (a,b)`, `k notin (a,b)`."""

import re
from collections.abc import Mapping

from slipway.simulators.cloud.problems import Problem

_COMMA_OUTSIDE_PARENTHESES = re.compile(r",(?![^(]*\))")
_SET = re.compile(r"^(?P<key>\S+)\s+(?P<word>in|notin)\s*\((?P<values>[^)]*)\)$")
_EQUALITY = re.compile(r"^(?P<key>[^=!\s]+)\s*(?P<word>==|=|!=)\s*(?P<value>\S*)$")
_PRESENCE = re.compile(r"^(?P<word>!?)\s*(?P<key>[^=!\s()]+)$")
_LABEL_KEY = re.compile(r"^([a-z0-9.-]{1,253}/)?[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?$")
_LABEL_VALUE = re.compile(r"^([A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?)?$")


def matches(selector: str | None, labels: Mapping[str, str]) -> bool:
    """Returns whether the labels match.

    Raises Problem(invalid_input) for an unreadable selector.
    """
    if not selector:
        return True
    parts = _COMMA_OUTSIDE_PARENTHESES.split(selector)
    return all(_matches(part.strip(), labels) for part in parts)


def checked_labels(given: object) -> dict[str, str]:
    """Returns the labels. Raises Problem(invalid_input) for an invalid label.

    For example, a raw GHL id is invalid, because it contains `:`.
    """
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise Problem("invalid_input", "invalid input in field 'labels'")
    for key, value in given.items():
        if not (_LABEL_KEY.match(str(key)) and _LABEL_VALUE.match(str(value))):
            raise Problem("invalid_input", f"invalid input in field 'labels': {key}={value}")
    return {str(key): str(value) for key, value in given.items()}


def _matches(part: str, labels: Mapping[str, str]) -> bool:
    if found := _SET.match(part):
        values = {one.strip() for one in found["values"].split(",")}
        return (labels.get(found["key"]) in values) == (found["word"] == "in")
    if found := _EQUALITY.match(part):
        return (labels.get(found["key"]) == found["value"]) == (found["word"] != "!=")
    if found := _PRESENCE.match(part):
        return (found["key"] in labels) == (not found["word"])
    raise Problem("invalid_input", f"invalid input in field 'label_selector': {part}")
