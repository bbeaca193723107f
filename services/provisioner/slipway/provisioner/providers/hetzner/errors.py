"""Translates Hetzner's errors into our faults (pure). `client` calls it for every error.

`fault_table` says what an error code means for a call. The HTTP status decides only if Hetzner does
not publish the code.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import requests
from hcloud import APIException
from urllib3.exceptions import NewConnectionError

from slipway.contracts.vps import Fault, FaultKind, FaultScope
from slipway.provisioner.providers.deadline import TooLate
from slipway.provisioner.providers.driver import OutcomeUnknown, ProviderProblem, Refused, TryLater
from slipway.provisioner.providers.hetzner.fault_table import Call, meaning_of, meaning_of_status

_LONGEST_RETRY_AFTER_SECONDS = 300.0
_LATER = {FaultKind.TRANSIENT, FaultKind.RATE_LIMITED, FaultKind.CAPACITY, FaultKind.QUOTA}
_ACCOUNT = FaultScope.ACCOUNT


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


def problem_of(error: Exception, *, call: Call, answer: LastAnswer | None) -> ProviderProblem:
    """Returns the ProviderProblem that corresponds to the error.

    Accepts every class of error, because `hcloud` may raise any class.
    """
    if isinstance(error, TooLate):
        text = "It would have gone out too late."
        fault = Fault(kind=FaultKind.TRANSIENT, code="too_late", message=text, sent=False)
        return TryLater(fault)
    if isinstance(error, APIException):
        return _answered(error, call=call, answer=answer)
    return _unanswered(error, call=call)


def _answered(error: APIException, *, call: Call, answer: LastAnswer | None) -> ProviderProblem:
    code, status = str(error.code), answer.status if answer else None
    meaning = meaning_of(code, call, str(error.message)) or meaning_of_status(status)
    if not meaning.outcome_known:
        # A 404 to a read may concern the account, as any other unclear answer may.
        scope = meaning.scope if call.writes else _ACCOUNT
        return _unclear(code, "The provider failed.", scope, call=call)
    fault = Fault(
        kind=meaning.kind, scope=meaning.scope, code=code, message=_sentence(error.message)
    )
    wait = answer.retry_after_seconds if answer else None
    is_passing = meaning.kind in _LATER or meaning.scope is FaultScope.CREATIONS
    return TryLater(fault, wait) if is_passing else Refused(fault, wait)


def _unanswered(error: Exception, *, call: Call) -> ProviderProblem:
    """Returns the problem for a call without a readable answer.

    It is certain that nothing was sent only if no connection was made.
    """
    code = type(error).__name__
    if _never_connected(error):
        text = "The provider can't be reached."
        kind = FaultKind.TRANSIENT
        return TryLater(Fault(kind=kind, scope=_ACCOUNT, code=code, message=text, sent=False))
    text = "The provider's answer got lost." if call.writes else "The provider does not answer."
    return _unclear(code, text, _ACCOUNT, call=call)


def _unclear(code: str, text: str, scope: FaultScope, *, call: Call) -> ProviderProblem:
    kind = FaultKind.OUTCOME_UNKNOWN if call.writes else FaultKind.TRANSIENT
    fault = Fault(kind=kind, scope=scope, code=code, message=text)
    return OutcomeUnknown(fault) if call.writes else TryLater(fault)


def _never_connected(error: Exception) -> bool:
    """Returns whether no connection was made: refused, no route, unknown host or time-out."""
    if isinstance(error, requests.ConnectTimeout):
        return True
    cause = error.args[0] if isinstance(error, requests.ConnectionError) and error.args else None
    return isinstance(getattr(cause, "reason", None), NewConnectionError)


def _sentence(message: object) -> str:
    text = str(message or "no message").strip()[:200]
    return text[:1].upper() + text[1:]
