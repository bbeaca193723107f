"""The fault table knows each error code that Hetzner publishes, and judges it by its call."""

import json
from pathlib import Path

import pytest
from slipway.contracts.vps import FaultKind, FaultScope
from slipway.provisioner.providers.hetzner.fault_table import Call, meaning_of, meaning_of_status

_PUBLISHED = json.loads(
    (Path(__file__).parents[3] / "fixtures" / "hetzner" / "error_codes.json").read_text()
)
_PAIRS = [
    (call, code)
    for call in Call
    for code in (*_PUBLISHED["every_call"], *_PUBLISHED["one_call"][call.value]["codes"])
]


def test_the_published_lists_name_every_call_of_the_driver() -> None:
    assert set(_PUBLISHED["one_call"]) == {call.value for call in Call}
    assert len(_PUBLISHED["every_call"]) > 20
    assert "placement_error" in _PUBLISHED["one_call"]["create"]["codes"]


@pytest.mark.parametrize(("call", "code"), _PAIRS, ids=str)
def test_each_published_code_has_a_meaning_for_each_call(call: Call, code: str) -> None:
    assert meaning_of(code, call) is not None


def test_a_code_that_is_not_published_has_no_meaning() -> None:
    assert meaning_of("a_new_code", Call.CREATE) is None


@pytest.mark.parametrize(
    ("code", "message", "kind", "scope"),
    [
        (
            "invalid_input",
            "unsupported location for server type",
            FaultKind.CAPACITY,
            FaultScope.OPERATION,
        ),
        ("invalid_input", "invalid input in field 'location'", FaultKind.CAPACITY, None),
        ("forbidden", "Primary IP limit exceeded", FaultKind.QUOTA, FaultScope.CREATIONS),
        ("resource_limit_exceeded", "server limit", FaultKind.QUOTA, FaultScope.CREATIONS),
        ("not_found", "image not found", FaultKind.CONFIG, FaultScope.CREATIONS),
        ("invalid_input", "image not found", FaultKind.CONFIG, FaultScope.CREATIONS),
        ("invalid_input", "invalid input in field 'server_type'", FaultKind.CONFIG, None),
        ("invalid_input", "invalid input in field 'user_data'", FaultKind.REJECTED, None),
        ("forbidden", "insufficient permissions", FaultKind.AUTH, FaultScope.ACCOUNT),
    ],
)
def test_the_message_of_a_refused_create_tells_meanings_apart(
    code: str, message: str, kind: FaultKind, scope: FaultScope | None
) -> None:
    meaning = meaning_of(code, Call.CREATE, message)
    assert meaning is not None
    assert meaning.kind is kind
    assert scope in {None, meaning.scope}


def test_only_a_region_that_is_full_is_left() -> None:
    left = {
        code for call, code in _PAIRS if (found := meaning_of(code, call)) and found.leaves_region
    }
    assert left == {"resource_unavailable", "placement_error"}


@pytest.mark.parametrize("call", [call for call in Call if call.writes])
@pytest.mark.parametrize(
    "code", ["service_error", "server_error", "unknown_error", "bad_gateway", "timeout"]
)
def test_a_failure_of_the_provider_leaves_the_outcome_of_a_write_open(
    call: Call, code: str
) -> None:
    meaning = meaning_of(code, call)
    assert meaning is not None
    assert not meaning.outcome_known


@pytest.mark.parametrize("status", [None, 200, 201, 302, 404, 408, 500, 502, 503, 504])
def test_without_a_code_only_a_clear_4xx_is_an_outcome(status: int | None) -> None:
    assert not meaning_of_status(status).outcome_known
    assert meaning_of_status(422).outcome_known
