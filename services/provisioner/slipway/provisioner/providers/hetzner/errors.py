"""Translates Hetzner's errors into our faults (pure). `client` calls it for every error.

The error code determines the fault. The HTTP status is used only if the code is unknown. A write
may have worked if the answer was a 5xx, 404 or 408, or was unreadable or missing. Any other 4xx
means that the write changed nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import requests
from hcloud import APIException
from urllib3.exceptions import NewConnectionError

from slipway.contracts.vps import Fault, FaultKind, FaultScope
from slipway.provisioner.providers.deadline import TooLate
from slipway.provisioner.providers.driver import OutcomeUnknown, ProviderProblem, Refused, TryLater

_LONGEST_RETRY_AFTER_SECONDS = 300.0
_ACCOUNT, _OPERATION = FaultScope.ACCOUNT, FaultScope.OPERATION
_KINDS = {
    "unauthorized": (FaultKind.AUTH, _ACCOUNT),
    "token_readonly": (FaultKind.AUTH, _ACCOUNT),
    "forbidden": (FaultKind.AUTH, _ACCOUNT),
    "rate_limit_exceeded": (FaultKind.RATE_LIMITED, _ACCOUNT),
    "maintenance": (FaultKind.TRANSIENT, _ACCOUNT),
    "resource_unavailable": (FaultKind.CAPACITY, _OPERATION),
    "placement_error": (FaultKind.CAPACITY, _OPERATION),
    "resource_limit_exceeded": (FaultKind.QUOTA, _OPERATION),
    "uniqueness_error": (FaultKind.CONFLICT, _OPERATION),
    "conflict": (FaultKind.TRANSIENT, _OPERATION),
    "locked": (FaultKind.TRANSIENT, _OPERATION),
    "invalid_input": (FaultKind.REJECTED, _OPERATION),
    "json_error": (FaultKind.REJECTED, _OPERATION),
    "invalid_server_type": (FaultKind.REJECTED, _OPERATION),
    "unsupported_error": (FaultKind.REJECTED, _OPERATION),
    "protected": (FaultKind.REJECTED, _OPERATION),
    "deprecated_api_endpoint": (FaultKind.REJECTED, _OPERATION),
}
_STATUSES = {
    401: (FaultKind.AUTH, _ACCOUNT),
    403: (FaultKind.AUTH, _ACCOUNT),
    409: (FaultKind.TRANSIENT, _OPERATION),
    423: (FaultKind.TRANSIENT, _OPERATION),
    429: (FaultKind.RATE_LIMITED, _ACCOUNT),
}
"""Fault by HTTP status, for answers without a known error code. They mostly come from a proxy."""
_UNCLEAR = {404, 408}
"""Statuses that do not tell whether a write worked, so a lookup decides. A 404 means that the
server is gone or not visible yet."""
_LATER = {FaultKind.TRANSIENT, FaultKind.RATE_LIMITED, FaultKind.CAPACITY, FaultKind.QUOTA}


@dataclass(frozen=True)
class LastAnswer:
    """The latest answer in a thread. It has the values that the errors of `hcloud` lack."""

    status: int
    retry_after_seconds: float | None


def last_answer(answer: requests.Response) -> LastAnswer:
    return LastAnswer(answer.status_code, retry_after(answer.headers))


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Returns the seconds of `Retry-After`, at most five minutes. Ignores dates and other text."""
    text = headers.get("Retry-After", "")
    if not (text.isascii() and text.isdigit()):
        return None
    return min(float(text), _LONGEST_RETRY_AFTER_SECONDS)


def problem_of(error: Exception, *, writes: bool, answer: LastAnswer | None) -> ProviderProblem:
    """Returns the ProviderProblem that corresponds to the error.

    Accepts every class of error, because `hcloud` may raise any class.
    """
    if isinstance(error, TooLate):
        text = "It would have gone out too late."
        fault = Fault(kind=FaultKind.TRANSIENT, code="too_late", message=text, sent=False)
        return TryLater(fault)
    if isinstance(error, APIException):
        return _answered(error, writes=writes, answer=answer)
    return _unanswered(error, writes=writes)


def _answered(error: APIException, *, writes: bool, answer: LastAnswer | None) -> ProviderProblem:
    code, status = str(error.code), answer.status if answer else None
    known = _KINDS.get(code) or (None if status is None else _STATUSES.get(status))
    if known is None and status is not None and 400 <= status < 500:
        known = None if status in _UNCLEAR else (FaultKind.REJECTED, _OPERATION)
    if known is None:
        # A 404 to a write concerns one server. Any other unclear answer may concern the account.
        scope = _OPERATION if writes and status == 404 else _ACCOUNT
        return _unclear(code, "The provider failed.", scope, writes=writes)
    kind, scope = known
    fault = Fault(kind=kind, scope=scope, code=code, message=_sentence(error.message))
    wait = answer.retry_after_seconds if answer else None
    return TryLater(fault, wait) if kind in _LATER else Refused(fault, wait)


def _unanswered(error: Exception, *, writes: bool) -> ProviderProblem:
    """Returns the problem for a call without a readable answer.

    It is certain that nothing was sent only if no connection was made.
    """
    code = type(error).__name__
    if _never_connected(error):
        text = "The provider can't be reached."
        kind = FaultKind.TRANSIENT
        return TryLater(Fault(kind=kind, scope=_ACCOUNT, code=code, message=text, sent=False))
    text = "The provider's answer got lost." if writes else "The provider does not answer."
    return _unclear(code, text, _ACCOUNT, writes=writes)


def _unclear(code: str, text: str, scope: FaultScope, *, writes: bool) -> ProviderProblem:
    kind = FaultKind.OUTCOME_UNKNOWN if writes else FaultKind.TRANSIENT
    fault = Fault(kind=kind, scope=scope, code=code, message=text)
    return OutcomeUnknown(fault) if writes else TryLater(fault)


def _never_connected(error: Exception) -> bool:
    """Returns whether no connection was made: refused, no route, unknown host or time-out."""
    if isinstance(error, requests.ConnectTimeout):
        return True
    cause = error.args[0] if isinstance(error, requests.ConnectionError) and error.args else None
    return isinstance(getattr(cause, "reason", None), NewConnectionError)


def _sentence(message: object) -> str:
    text = str(message or "no message").strip()[:200]
    return text[:1].upper() + text[1:]
