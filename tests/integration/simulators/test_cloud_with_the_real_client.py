"""The real hcloud client against every endpoint of the simulated cloud."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hcloud import APIException
from hcloud.images import Image
from hcloud.locations import Location
from hcloud.server_types import ServerType
from slipway.simulators.cloud import CloudSettings
from slipway.simulators.cloud.settings import DEMO_TOKEN

from tests.support.servers.simulated_cloud import Served, served_cloud

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa somebody"
SETTINGS = CloudSettings(tokens={DEMO_TOKEN: "demo", "other": "other"}, boot_jitter=0)


@pytest.fixture
def served() -> Iterator[Served]:
    with served_cloud(SETTINGS) as served:
        yield served


def create(served: Served, name: str = "slw-a", **more: Any) -> Any:
    return served.client().servers.create(
        name=name,
        server_type=ServerType(name="cx22"),
        image=Image(name="debian-12"),
        location=Location(name="nbg1"),
        **more,
    )


def refusal(call: Any) -> APIException:
    with pytest.raises(APIException) as refused:
        call()
    return refused.value


def test_a_server_boots_runs_is_switched_off_and_on_and_deleted(served: Served) -> None:
    made: Any = create(served, labels={"slipway-vps": "abc"})
    client: Any = served.client()
    assert [made.server.status, made.action.command] == ["initializing", "create_server"]
    assert [one.command for one in made.next_actions] == ["start_server"]
    served.clock.forward(1.5)
    assert client.servers.get_by_id(made.server.id).status == "starting"
    served.clock.forward(1)
    server = client.servers.get_by_id(made.server.id)
    assert (server.status, server.location.name) == ("running", "nbg1")
    assert server.public_net.ipv4.ip.startswith("100.64.")
    for switch, status in [("power_off", "off"), ("power_on", "running"), ("shutdown", "off")]:
        action = getattr(server, switch)()
        assert client.actions.get_by_id(action.id).status == "running"
        served.clock.forward(1)
        assert client.actions.get_by_id(action.id).status == "success"
        assert client.servers.get_by_id(server.id).status == status
    server.delete()
    assert client.servers.get_by_id(server.id).status == "deleting"
    served.clock.forward(1)
    assert refusal(lambda: client.servers.get_by_id(server.id)).code == "not_found"
    assert client.servers.get_all() == []


def test_names_are_unique_in_a_project_and_only_there(served: Served) -> None:
    create(served, "slw-a")
    assert refusal(lambda: create(served, "slw-a")).code == "uniqueness_error"
    served.token = "other"
    create(served, "slw-a")


def test_servers_are_found_by_name_label_and_status_across_pages(served: Served) -> None:
    for n in range(60):
        create(served, f"slw-{n}", labels={"half": str(n % 2), "slipway-vps": f"v{n}"})
    servers: Any = served.client().servers
    assert len(servers.get_all()) == 60
    assert [one.name for one in servers.get_all(name="slw-7")] == ["slw-7"]
    assert len(servers.get_all(label_selector="half=1,slipway-vps")) == 30
    assert len(servers.get_all(label_selector="slipway-vps in (v1,v2),half!=0")) == 1
    assert servers.get_all(status=["running"]) == []
    assert servers.get_list(page=2, per_page=25).meta.pagination.next_page == 3


@pytest.mark.parametrize(
    "wrong",
    [{"labels": {"vps": "loc:1"}}, {"name": "under_score"}, {"user_data": "x" * 33_000}],
    ids=["a colon in a label", "a name that is no host name", "user data over 32 KiB"],
)
def test_invalid_requests_are_refused_as_at_hetzner(served: Served, wrong: dict[str, Any]) -> None:
    assert refusal(lambda: create(served, **wrong)).code == "invalid_input"


def test_a_protected_server_is_not_deleted(served: Served) -> None:
    server = create(served).server
    server.change_protection(delete=True, rebuild=True)
    assert refusal(server.delete).code == "protected"
    server.change_protection(delete=False, rebuild=False)
    server.delete()


def test_a_server_can_be_renamed_and_labelled(served: Served) -> None:
    server = create(served).server.update(name="slw-b", labels={"k": "v"})
    assert (server.name, server.labels) == ("slw-b", {"k": "v"})


def test_ssh_keys_are_created_found_used_and_deleted(served: Served) -> None:
    keys: Any = served.client().ssh_keys
    key = keys.create(name="slipway-sentinel-x", public_key=KEY, labels={"slipway": "x"})
    assert refusal(lambda: keys.create(name="twice", public_key=KEY)).code == "uniqueness_error"
    assert refusal(lambda: keys.create(name="bad", public_key="?")).code == "invalid_input"
    found = keys.get_by_name("slipway-sentinel-x")
    assert found is not None
    assert found.id == key.id
    assert [one.id for one in keys.get_all(label_selector="slipway=x")] == [key.id]
    create(served, ssh_keys=[found])
    key.delete()
    assert keys.get_all() == []


def test_the_catalog_is_served(served: Served) -> None:
    client: Any = served.client()
    type_ = client.server_types.get_by_name("cx22")
    assert type_ is not None
    assert type_.locations[0].available
    image = client.images.get_by_name_and_architecture("debian-12", "x86")
    assert image is not None
    assert client.images.get_by_id(image.id).name == "debian-12"
    assert client.locations.get_by_name("fsn1") is not None


def test_actions_are_listed_by_id_and_by_server(served: Served) -> None:
    made, client = create(served), served.client()
    ids = [made.action.id, made.next_actions[0].id]
    raw = httpx.get(
        f"{served.endpoint}/actions",
        params={"id": ids},
        headers={"Authorization": f"Bearer {served.token}"},
    )
    assert [one["id"] for one in raw.json()["actions"]] == ids
    assert len(client.servers.get_actions(made.server)) == 2
    served.clock.forward(3)
    assert client.servers.get_actions(made.server, status=["running"]) == []


def test_the_rate_limit_counts_down_refuses_and_fills_up_again() -> None:
    with served_cloud(CloudSettings(requests_per_hour=3)) as served:
        client, headers = served.client(), {"Authorization": f"Bearer {served.token}"}
        answer = httpx.get(f"{served.endpoint}/servers", headers=headers)
        assert answer.headers["ratelimit-limit"] == "3"
        assert answer.headers["ratelimit-remaining"] == "2"
        client.servers.get_all()
        client.servers.get_all()
        assert refusal(client.servers.get_all).code == "rate_limit_exceeded"
        served.clock.forward(1200)
        assert client.servers.get_all() == []


def test_a_token_opens_only_its_own_project(served: Served) -> None:
    server = create(served).server
    other = served.client("other")
    assert other.servers.get_all() == []
    assert refusal(lambda: other.servers.get_by_id(server.id)).code == "not_found"
    assert refusal(served.client("unknown").servers.get_all).code == "unauthorized"
