"""Each of Hetzner's errors as a fault: what the caller must do, its scope, whether it was sent."""

import pytest
import requests
from hcloud import APIException
from slipway.contracts.vps import FaultKind, FaultScope
from slipway.provisioner.providers.deadline import TooLate
from slipway.provisioner.providers.driver import OutcomeUnknown, Refused, TryLater
from slipway.provisioner.providers.hetzner.errors import LastAnswer, problem_of, retry_after
from slipway.provisioner.providers.hetzner.fault_table import Call
from urllib3.connection import HTTPConnection
from urllib3.exceptions import (
    MaxRetryError,
    NameResolutionError,
    NewConnectionError,
    ReadTimeoutError,
)

ACCOUNT, OPERATION = FaultScope.ACCOUNT, FaultScope.OPERATION
CREATIONS = FaultScope.CREATIONS
LATER, NO, UNKNOWN = TryLater, Refused, OutcomeUnknown
POOL = HTTPConnection("api.example")


def api(code: int | str) -> APIException:
    return APIException(code, "as it says", None)


@pytest.mark.parametrize(
    ("code", "status", "cls", "kind", "scope"),
    [
        ("unauthorized", 401, NO, FaultKind.AUTH, ACCOUNT),
        ("token_readonly", 403, NO, FaultKind.AUTH, ACCOUNT),
        ("forbidden", 403, NO, FaultKind.AUTH, ACCOUNT),
        ("rate_limit_exceeded", 429, LATER, FaultKind.RATE_LIMITED, ACCOUNT),
        ("maintenance", 503, LATER, FaultKind.TRANSIENT, ACCOUNT),
        ("resource_unavailable", 412, LATER, FaultKind.CAPACITY, OPERATION),
        ("placement_error", 412, LATER, FaultKind.CAPACITY, OPERATION),
        ("resource_limit_exceeded", 403, LATER, FaultKind.QUOTA, CREATIONS),
        ("uniqueness_error", 409, NO, FaultKind.CONFLICT, OPERATION),
        ("conflict", 409, LATER, FaultKind.TRANSIENT, OPERATION),
        ("locked", 423, LATER, FaultKind.TRANSIENT, OPERATION),
        ("invalid_input", 422, NO, FaultKind.REJECTED, OPERATION),
        ("invalid_server_type", 422, LATER, FaultKind.CONFIG, CREATIONS),
        ("json_error", 400, NO, FaultKind.REJECTED, OPERATION),
        ("unsupported_error", 422, NO, FaultKind.REJECTED, OPERATION),
        ("protected", 423, NO, FaultKind.REJECTED, OPERATION),
        ("deprecated_api_endpoint", 410, NO, FaultKind.REJECTED, OPERATION),
        ("a_new_code", 422, NO, FaultKind.REJECTED, OPERATION),
        (401, 401, NO, FaultKind.AUTH, ACCOUNT),
        (429, 429, LATER, FaultKind.RATE_LIMITED, ACCOUNT),
        (413, 413, NO, FaultKind.REJECTED, OPERATION),
        ("service_error", 500, UNKNOWN, FaultKind.OUTCOME_UNKNOWN, ACCOUNT),
        ("server_error", 500, UNKNOWN, FaultKind.OUTCOME_UNKNOWN, ACCOUNT),
        ("unknown_error", 500, UNKNOWN, FaultKind.OUTCOME_UNKNOWN, ACCOUNT),
        ("timeout", 504, UNKNOWN, FaultKind.OUTCOME_UNKNOWN, ACCOUNT),
        ("service_error", 422, UNKNOWN, FaultKind.OUTCOME_UNKNOWN, ACCOUNT),
        ("not_found", 404, LATER, FaultKind.CONFIG, CREATIONS),
        (404, 404, UNKNOWN, FaultKind.OUTCOME_UNKNOWN, OPERATION),
        (408, 408, UNKNOWN, FaultKind.OUTCOME_UNKNOWN, ACCOUNT),
        (503, 503, UNKNOWN, FaultKind.OUTCOME_UNKNOWN, ACCOUNT),
        (201, 201, UNKNOWN, FaultKind.OUTCOME_UNKNOWN, ACCOUNT),
    ],
)
def test_an_answer_to_a_create(
    code: int | str, status: int, cls: type, kind: FaultKind, scope: FaultScope
) -> None:
    problem = problem_of(api(code), call=Call.CREATE, answer=LastAnswer(status, None))
    assert type(problem) is cls
    assert (problem.fault.kind, problem.fault.scope) == (kind, scope)


@pytest.mark.parametrize("call", [Call.DELETE, Call.POWER_OFF, Call.POWER_ON, Call.LABEL])
@pytest.mark.parametrize(
    ("code", "status", "cls", "kind", "scope"),
    [
        ("not_found", 404, UNKNOWN, FaultKind.OUTCOME_UNKNOWN, OPERATION),
        ("service_error", 422, UNKNOWN, FaultKind.OUTCOME_UNKNOWN, ACCOUNT),
        ("resource_unavailable", 412, LATER, FaultKind.TRANSIENT, OPERATION),
        ("resource_limit_exceeded", 403, LATER, FaultKind.QUOTA, OPERATION),
        ("invalid_input", 422, NO, FaultKind.REJECTED, OPERATION),
        ("unauthorized", 401, NO, FaultKind.AUTH, ACCOUNT),
    ],
)
def test_an_answer_to_a_change(
    call: Call, code: str, status: int, cls: type, kind: FaultKind, scope: FaultScope
) -> None:
    problem = problem_of(api(code), call=call, answer=LastAnswer(status, None))
    assert type(problem) is cls
    assert (problem.fault.kind, problem.fault.scope) == (kind, scope)


@pytest.mark.parametrize("code", ["service_error", 503, 408, 200])
def test_the_same_answer_to_a_read_may_be_tried_again_and_may_concern_the_account(
    code: int | str,
) -> None:
    answer = LastAnswer(code if isinstance(code, int) else 500, None)
    problem = problem_of(api(code), call=Call.GET, answer=answer)
    assert type(problem) is TryLater
    assert (problem.fault.kind, problem.fault.scope) == (FaultKind.TRANSIENT, ACCOUNT)


def lost(reason: Exception) -> requests.ConnectionError:
    return requests.ConnectionError(MaxRetryError(POOL, "/v1/servers", reason))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "error",
    [
        lost(NewConnectionError(POOL, "refused")),
        lost(NameResolutionError("api.example", POOL, OSError())),  # type: ignore[arg-type]
        requests.ConnectTimeout("no connection"),
    ],
    ids=["refused", "no such name", "no connection in time"],
)
def test_without_a_connection_nothing_was_sent(error: Exception) -> None:
    problem = problem_of(error, call=Call.POWER_ON, answer=None)
    assert type(problem) is TryLater
    assert problem.fault.sent is False
    assert problem.fault.scope is ACCOUNT


@pytest.mark.parametrize(
    "error",
    [
        requests.ReadTimeout("nothing came"),
        requests.ConnectionError("reset by peer"),
        lost(ReadTimeoutError(POOL, "/", "x")),  # type: ignore[arg-type]
        requests.exceptions.ChunkedEncodingError("cut"),
        requests.exceptions.JSONDecodeError("not JSON", "", 0),
        AttributeError("'NoneType' object has no attribute 'id'"),
        KeyError("server"),
    ],
    ids=["timeout", "reset", "timeout inside", "cut", "no JSON", "null", "no server in it"],
)
def test_a_missing_or_unreadable_answer_leaves_the_outcome_of_a_write_unknown(
    error: Exception,
) -> None:
    assert (
        type(problem_of(error, call=Call.POWER_ON, answer=LastAnswer(201, None))) is OutcomeUnknown
    )
    assert type(problem_of(error, call=Call.GET, answer=LastAnswer(200, None))) is TryLater


def test_a_call_past_its_deadline_sent_nothing_and_concerns_one_operation() -> None:
    problem = problem_of(TooLate(), call=Call.POWER_ON, answer=None)
    assert type(problem) is TryLater
    assert (problem.fault.sent, problem.fault.scope) == (False, OPERATION)


def test_the_providers_retry_after_is_passed_on() -> None:
    problem = problem_of(
        api("rate_limit_exceeded"), call=Call.POWER_ON, answer=LastAnswer(429, 7.0)
    )
    assert problem.retry_after_seconds == 7


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("7", 7), ("99999", 300), ("-3", None), ("soon", None), ("", None), ("1.5", None)],
)
def test_a_retry_after_is_a_number_within_limits(text: str, seconds: float | None) -> None:
    assert retry_after({"Retry-After": text}) == seconds


def test_the_fault_contains_nothing_of_the_request() -> None:
    error = requests.ConnectionError("token-of-the-demo-cloud at http://user:secret@host/")
    fault = problem_of(error, call=Call.POWER_ON, answer=None).fault
    assert "secret" not in fault.model_dump_json()
