"""The meaning of each of Hetzner's error codes for each call (pure). `errors` looks it up.

A code means different things for different calls. `not_found` for a new server means that its image
is missing; for a deletion it means that the server is gone or not visible yet. Every code that
Hetzner publishes is listed, and a test compares the table with the published lists (H37).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from slipway.contracts.vps import FaultKind, FaultScope


class Call(StrEnum):
    """One of the driver's calls to the provider."""

    CREATE = "create"
    DELETE = "delete"
    POWER_ON = "power_on"
    POWER_OFF = "power_off"
    LABEL = "label"
    GET = "get"
    LIST = "list"
    ACTION = "action"
    """Reads the status of an action."""
    KEY = "key"
    """Reads or creates the sentinel key. Creating it is safe to repeat."""

    @property
    def writes(self) -> bool:
        return self in _WRITES


_WRITES = {Call.CREATE, Call.DELETE, Call.POWER_ON, Call.POWER_OFF, Call.LABEL}


@dataclass(frozen=True)
class Meaning:
    kind: FaultKind
    scope: FaultScope = FaultScope.OPERATION
    outcome_known: bool = True
    """False if a write may have been carried out, so that only a lookup can tell."""

    @property
    def leaves_region(self) -> bool:
        """Returns whether the region is to blame, so that the next one is tried."""
        return self.kind is FaultKind.CAPACITY


_REFUSED = Meaning(FaultKind.REJECTED)
_LATER = Meaning(FaultKind.TRANSIENT)
_NO_RIGHT = Meaning(FaultKind.AUTH, FaultScope.ACCOUNT)
_UNKNOWN = Meaning(FaultKind.OUTCOME_UNKNOWN, FaultScope.ACCOUNT, outcome_known=False)
_GONE_OR_NOT_YET = Meaning(FaultKind.OUTCOME_UNKNOWN, outcome_known=False)
_REGION_FULL = Meaning(FaultKind.CAPACITY)
_LIMIT = Meaning(FaultKind.QUOTA, FaultScope.CREATIONS)
_CATALOGUE = Meaning(FaultKind.CONFIG, FaultScope.CREATIONS)

_ALL_CALLS: Mapping[str, Meaning] = {
    "unauthorized": _NO_RIGHT,
    "forbidden": _NO_RIGHT,
    "token_readonly": _NO_RIGHT,
    "rate_limit_exceeded": Meaning(FaultKind.RATE_LIMITED, FaultScope.ACCOUNT),
    "maintenance": Meaning(FaultKind.TRANSIENT, FaultScope.ACCOUNT),
    "conflict": _LATER,
    "locked": _LATER,
    "robot_unavailable": _LATER,
    "resource_unavailable": _LATER,
    "resource_limit_exceeded": Meaning(FaultKind.QUOTA),
    "uniqueness_error": Meaning(FaultKind.CONFLICT),
    "not_found": _GONE_OR_NOT_YET,
    "invalid_input": _REFUSED,
    "json_error": _REFUSED,
    "unsupported_error": _REFUSED,
    "protected": _REFUSED,
    "resource_locked": _REFUSED,
    "deprecated_api_endpoint": _REFUSED,
    "method_not_allowed": _REFUSED,
    "invalid_server_type": _REFUSED,
    "service_error": _UNKNOWN,
    "server_error": _UNKNOWN,
    "unknown_error": _UNKNOWN,
    "unavailable": _UNKNOWN,
    "bad_gateway": _UNKNOWN,
    "timeout": _UNKNOWN,
}
_ONE_CALL: Mapping[tuple[Call, str], Meaning] = {
    (Call.CREATE, "resource_unavailable"): _REGION_FULL,
    (Call.CREATE, "placement_error"): _REGION_FULL,
    (Call.CREATE, "resource_limit_exceeded"): _LIMIT,
    (Call.CREATE, "not_found"): _CATALOGUE,
    (Call.CREATE, "invalid_server_type"): _CATALOGUE,
    (Call.CREATE, "primary_ip_assigned"): _REFUSED,
    (Call.CREATE, "primary_ip_datacenter_mismatch"): _REFUSED,
    (Call.CREATE, "primary_ip_version_mismatch"): _REFUSED,
}
"""Takes precedence over `_ALL_CALLS`."""
_PHRASES: tuple[tuple[tuple[str, ...], tuple[str, ...], Meaning], ...] = (
    (("forbidden", "invalid_input"), ("limit exceeded", "limit reached"), _LIMIT),
    (
        ("invalid_input", "unsupported_error"),
        ("unsupported location", "field 'location'", "not available in"),
        _REGION_FULL,
    ),
    (
        ("invalid_input", "unsupported_error"),
        ("field 'image'", "image not found", "image is deprecated", "image is unavailable"),
        _CATALOGUE,
    ),
    (
        ("invalid_input", "unsupported_error"),
        ("field 'server_type'", "server type not found", "server type is deprecated"),
        _CATALOGUE,
    ),
)
"""Codes that mean several things for a create. Only the message tells them apart."""


def meaning_of(code: str, call: Call, message: str = "") -> Meaning | None:
    """Returns None for a code that Hetzner does not publish for this call."""
    if call is Call.CREATE:
        text = message.lower()
        for codes, phrases, meaning in _PHRASES:
            if code in codes and any(phrase in text for phrase in phrases):
                return meaning
    return _ONE_CALL.get((call, code)) or _ALL_CALLS.get(code)


_STATUSES: Mapping[int, Meaning] = {
    401: _NO_RIGHT,
    403: _NO_RIGHT,
    409: _LATER,
    423: _LATER,
    429: Meaning(FaultKind.RATE_LIMITED, FaultScope.ACCOUNT),
    404: _GONE_OR_NOT_YET,
    408: _UNKNOWN,
}


def meaning_of_status(status: int | None) -> Meaning:
    """Returns the meaning of an answer without a published code, mostly from a proxy.

    Only a clear 4xx is a refusal. A write may have worked if the answer was anything else.
    """
    if status is None:
        return _UNKNOWN
    known = _STATUSES.get(status)
    if known is not None:
        return known
    return _REFUSED if 400 <= status < 500 else _UNKNOWN
