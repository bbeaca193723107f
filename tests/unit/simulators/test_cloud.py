"""The state of the simulated cloud with a hand clock."""

import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slipway.simulators.cloud import (
    Cloud,
    CloudSettings,
    Fault,
    FaultKind,
    Operation,
    lifetimes,
)
from slipway.simulators.cloud.api.create_request import create_request
from slipway.simulators.cloud.api.label_selectors import checked_labels, matches
from slipway.simulators.cloud.api.middleware import operation_of
from slipway.simulators.cloud.entities import Origin, Server
from slipway.simulators.cloud.problems import Problem

from tests.support.fakes.clock import HandClock

ORDER = {"server_type": "cx22", "image": "debian-12", "location": "fsn1"}


def cloud(hand: HandClock) -> Cloud:
    rng = random.Random(1)  # noqa: S311 - a seed, no secret
    return Cloud(hand, rng, CloudSettings(boot_jitter=0))


def made(simulated: Cloud, name: str = "slw-a") -> Server:
    return simulated.create_server("demo", create_request({**ORDER, "name": name}))[0]


@pytest.mark.parametrize(
    ("selector", "holds"),
    [
        ("", True),
        ("env", True),
        ("!env", False),
        ("env=prod", True),
        ("env==prod,tier!=b", True),
        ("env!=prod", False),
        ("env in (dev, prod)", True),
        ("env notin (dev,prod)", False),
        ("other notin (x)", True),
        ("env=prod,other", False),
    ],
)
def test_a_selector_picks_by_labels(selector: str, *, holds: bool) -> None:
    assert matches(selector, {"env": "prod", "tier": "a"}) is holds


def test_a_selector_or_label_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(Problem):
        matches("a=b=c d", {})
    with pytest.raises(Problem):
        checked_labels({"slipway-vps": "loc:1"})


@pytest.mark.parametrize(
    ("method", "path", "operation"),
    [
        ("POST", "/v1/servers", Operation.CREATE),
        ("DELETE", "/v1/servers/7", Operation.DELETE),
        ("GET", "/v1/servers", Operation.LIST),
        ("GET", "/v1/servers/7", Operation.GET),
        ("POST", "/v1/servers/7/actions/poweroff", Operation.POWER_OFF),
        ("POST", "/v1/servers/7/actions/change_protection", Operation.OTHER),
        ("GET", "/v1/servers/7/actions", Operation.OTHER),
        ("POST", "/v1/ssh_keys", Operation.OTHER),
    ],
)
def test_a_request_is_about_one_operation(method: str, path: str, operation: Operation) -> None:
    assert operation_of(method, path) is operation


def test_a_fault_strikes_as_often_as_it_was_armed_and_no_longer_than_its_time() -> None:
    hand = HandClock()
    faults = cloud(hand).faults
    faults.arm(Fault(FaultKind.SLOW, operation=Operation.GET, count=2, for_seconds=10))
    assert faults.take(FaultKind.SLOW, Operation.LIST) is None
    assert faults.take(FaultKind.SLOW, Operation.GET) is not None
    assert [one["left"] for one in faults.describe()] == [1]
    hand.forward(10)
    assert faults.take(FaultKind.SLOW, Operation.GET) is None
    assert faults.describe() == []


def test_an_action_ends_at_its_due_time_even_if_no_request_came_then() -> None:
    hand = HandClock()
    simulated = cloud(hand)
    server = made(simulated)
    hand.forward(3600)
    simulated.settle()
    assert server.ready_at is not None
    assert (server.ready_at - server.created_at).total_seconds() == 2


def test_a_servers_lifetime_tells_console_actions_from_api_calls() -> None:
    hand = HandClock()
    simulated = cloud(hand)
    simulated.delete_server(made(simulated), Origin.CONSOLE)
    hand.forward(1)
    simulated.settle()
    (lifetime,) = lifetimes(simulated.servers.values())
    assert (lifetime.deleted_by, lifetime.ready_at) == (Origin.CONSOLE, None)


@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(["create", "poweroff", "poweron", "delete"]),
            st.sampled_from(["slw-a", "slw-b"]),
            st.sampled_from([0.0, 0.2, 3.0]),
        ),
        max_size=25,
    )
)
def test_after_any_actions_names_are_unique_and_no_server_is_forgotten(
    steps: Sequence[tuple[str, str, float]],
) -> None:
    hand = HandClock()
    simulated = cloud(hand)
    created = 0
    for what, name, wait in steps:
        hand.forward(wait)
        simulated.settle()
        there = next((one for one in simulated.existing("demo") if one.name == name), None)
        try:
            if what == "create":
                made(simulated, name)
                created += 1
            elif there and what == "delete":
                simulated.delete_server(there)
            elif there:
                simulated.switch(there, Operation(what))
        except Problem as refused:
            assert refused.code in {"uniqueness_error", "locked"}  # noqa: PT017 - most are not refused
        names = [one.name for one in simulated.existing("demo")]
        assert len(names) == len(set(names))
    assert len(simulated.servers) == created
    hand.forward(60)
    simulated.settle()
    assert all(not one.exists for one in simulated.servers.values() if one.delete_asked_at)
