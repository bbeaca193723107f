"""Every fault of the simulated cloud, as the real hcloud client sees it."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
import requests
from hcloud import APIException
from hcloud.images import Image
from hcloud.locations import Location
from hcloud.server_types import ServerType
from slipway.simulators.cloud import Fault, FaultKind, Operation

from tests.support.servers.simulated_cloud import Served, served_cloud


@pytest.fixture
def served() -> Iterator[Served]:
    with served_cloud() as served:
        yield served


def create(served: Served, name: str = "slw-a", location: str = "fsn1") -> Any:
    return served.client().servers.create(
        name=name,
        server_type=ServerType(name="cx22"),
        image=Image(name="debian-12"),
        location=Location(name=location),
    )


def code(call: Callable[[], object]) -> object:
    with pytest.raises(APIException) as refused:
        call()
    return refused.value.code


def arm(served: Served, kind: FaultKind, **more: Any) -> int:
    return served.cloud.faults.arm(Fault(kind, **more))


def listed(served: Served) -> list[str | None]:
    return [one.name for one in served.client().servers.get_all()]


def test_a_lost_reply_leaves_the_server_behind_it(served: Served) -> None:
    arm(served, FaultKind.LOST_REPLY, operation=Operation.CREATE)
    with pytest.raises(requests.exceptions.ConnectionError):
        create(served)
    assert listed(served) == ["slw-a"]


def test_an_error_after_the_work_leaves_the_server_behind_it(served: Served) -> None:
    arm(served, FaultKind.ERROR_AFTER_WORK, operation=Operation.CREATE)
    assert code(lambda: create(served)) == 503
    assert listed(served) == ["slw-a"]


def test_a_broken_body_leaves_the_server_behind_it(served: Served) -> None:
    arm(served, FaultKind.BROKEN_BODY, operation=Operation.CREATE)
    assert code(lambda: create(served)) == 201
    assert listed(served) == ["slw-a"]


def test_a_failed_create_action_leaves_a_server_that_never_ran(served: Served) -> None:
    arm(served, FaultKind.ACTION_ERROR, operation=Operation.CREATE)
    made, client = create(served), served.client()
    served.clock.forward(10)
    assert client.actions.get_by_id(made.action.id).status == "error"
    assert client.servers.get_by_id(made.server.id).status == "off"
    assert served.cloud.servers[made.server.id].ready_at is None


def test_no_capacity_may_apply_to_one_location(served: Served) -> None:
    arm(served, FaultKind.NO_CAPACITY, location="fsn1", count=None)
    assert code(lambda: create(served)) == "resource_unavailable"
    create(served, location="nbg1")


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (FaultKind.RATE_LIMITED, "rate_limit_exceeded"),
        (FaultKind.SERVER_ERROR, "unavailable"),
        (FaultKind.TOKEN_REVOKED, "unauthorized"),
        (FaultKind.TOKEN_READONLY, "token_readonly"),
    ],
)
def test_a_refusal_is_counted_and_does_no_work(
    served: Served, kind: FaultKind, expected: str
) -> None:
    arm(served, kind, operation=Operation.CREATE)
    assert code(lambda: create(served)) == expected
    assert listed(served) == []
    create(served)


def test_a_server_is_locked_only_for_the_armed_number_of_calls(served: Served) -> None:
    server = create(served).server
    arm(served, FaultKind.LOCKED, operation=Operation.DELETE)
    assert code(server.delete) == "locked"
    server.delete()


def test_a_slow_reply_is_a_timeout_although_the_request_is_carried_out(served: Served) -> None:
    arm(served, FaultKind.SLOW, operation=Operation.LIST, seconds=0.3)
    with pytest.raises(requests.exceptions.Timeout):
        served.client(timeout=0.1).servers.get_all()


def test_a_stale_list_lacks_the_new_and_shows_the_deleted(served: Served) -> None:
    old = create(served, "slw-old").server
    served.clock.forward(10)
    create(served, "slw-new")
    old.delete()
    served.clock.forward(1)
    arm(served, FaultKind.STALE_LIST, seconds=5)
    assert listed(served) == ["slw-old"]
    assert listed(served) == ["slw-new"]


def test_a_get_by_id_lags_behind_a_create(served: Served) -> None:
    arm(served, FaultKind.STALE_GET, seconds=5, count=None)
    server = create(served).server
    assert code(lambda: served.client().servers.get_by_id(server.id)) == "not_found"
    served.clock.forward(6)
    assert served.client().servers.get_by_id(server.id).name == "slw-a"


def test_a_fault_may_let_some_requests_pass_first(served: Served) -> None:
    arm(served, FaultKind.SERVER_ERROR, operation=Operation.LIST, after=2)
    assert listed(served) == []
    assert listed(served) == []
    assert code(lambda: listed(served)) == "unavailable"


@pytest.mark.parametrize("seconds", [30.0, -30.0])
def test_a_429_says_when_to_retry_even_if_that_is_in_the_past(
    served: Served, seconds: float
) -> None:
    arm(served, FaultKind.RATE_LIMITED, seconds=seconds)
    headers = {"Authorization": f"Bearer {served.token}"}
    answer = httpx.get(f"{served.endpoint}/servers", headers=headers)
    assert answer.status_code == 429
    assert answer.headers["RateLimit-Remaining"] == "0"
    assert answer.headers["Retry-After"] == str(int(seconds))
    assert int(answer.headers["RateLimit-Reset"]) == served.clock().timestamp() + seconds


def test_a_list_may_lack_a_row(served: Served) -> None:
    create(served, "slw-a")
    create(served, "slw-b")
    arm(served, FaultKind.MISSING_ROW)
    assert listed(served) == ["slw-b"]


def test_a_delete_and_a_boot_may_be_slow(served: Served) -> None:
    arm(served, FaultKind.SLOW_BOOT, seconds=100)
    arm(served, FaultKind.SLOW_DELETE, seconds=100)
    server = create(served).server
    served.clock.forward(99)
    assert served.client().servers.get_by_id(server.id).status == "starting"
    server.delete()
    served.clock.forward(99)
    assert served.client().servers.get_by_id(server.id).status == "deleting"
    served.clock.forward(2)
    assert code(lambda: served.client().servers.get_by_id(server.id)) == "not_found"


def test_a_swapped_token_opens_an_empty_project(served: Served) -> None:
    create(served)
    id_ = arm(served, FaultKind.TOKEN_SWAPPED, count=None)
    assert listed(served) == []
    served.cloud.faults.disarm(id_)
    assert listed(served) == ["slw-a"]


def test_the_cloud_is_down_for_a_time(served: Served) -> None:
    arm(served, FaultKind.DOWN, count=None, for_seconds=60)
    with pytest.raises(requests.exceptions.ConnectionError):
        create(served)
    served.clock.forward(61)
    assert listed(served) == []


def test_the_admin_routes_arm_faults_change_settings_and_delete_servers(served: Served) -> None:
    door = f"{served.url}/_sim/cloud"
    armed = httpx.post(f"{door}/faults", json={"kind": "no_capacity", "location": "hel1"})
    assert armed.status_code == 201
    assert httpx.get(f"{door}/faults").json()["faults"][0]["kind"] == "no_capacity"
    assert httpx.delete(f"{door}/faults/{armed.json()['id']}").status_code == 204
    assert httpx.put(f"{door}/settings", json={"boot_seconds": 9}).json()["boot_seconds"] == 9
    assert httpx.post(f"{door}/faults", json={"kind": "unheard of"}).status_code == 422
    server = create(served).server
    assert httpx.delete(f"{door}/servers/{server.id}").status_code == 202
    served.clock.forward(20)
    (row,) = httpx.get(door).json()["servers"]
    assert (row["status"], row["deleted_by"], row["ready_at"]) == ("gone", "console", None)
