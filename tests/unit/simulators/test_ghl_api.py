"""The simulated GHL's API refuses, lags, pages and fails as the real one does."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from slipway.simulators.ghl.faults import Outage

from tests.support.servers.ghl import LOCATION, WHERE, GhlSimulation, ghl_simulation

LIST = "/payments/subscriptions"


@pytest.fixture
async def simulation() -> AsyncIterator[GhlSimulation]:
    simulation = ghl_simulation()
    yield simulation
    await simulation.ghl.close()


async def test_a_wrong_token_and_a_missing_version_are_refused(simulation: GhlSimulation) -> None:
    async with simulation.api(token="pit-unknown") as api:
        refused = await api.get(LIST, params=WHERE)
    assert refused.status_code == 401
    assert refused.json().keys() == {"statusCode", "message", "error"}
    async with simulation.api(version="") as api:
        assert (await api.get(LIST, params=WHERE)).status_code == 400


async def test_a_token_opens_only_its_own_location() -> None:
    other = replace(LOCATION, id="locOTHER", token="pit-other")
    simulation = ghl_simulation(locations=(LOCATION, other))
    one = simulation.ghl.buy(simulation.customer(), "price_vps_small")
    async with simulation.api(token="pit-other") as api:
        theirs = {"altId": other.id, "altType": "location"}
        assert (await api.get(LIST, params=WHERE)).status_code == 403
        assert (await api.get(f"{LIST}/{one.id}", params=theirs)).status_code == 404
        assert (await api.get(LIST, params=theirs)).json() == {"data": [], "totalCount": 0}
    await simulation.ghl.close()


async def test_the_list_pages_newest_first_so_a_purchase_shifts_the_rows(
    simulation: GhlSimulation,
) -> None:
    ids = [simulation.ghl.buy(simulation.customer(), "price_vps_small").id for _ in range(5)]
    async with simulation.api() as api:
        first = (await api.get(LIST, params=WHERE | {"limit": 2})).json()
        simulation.ghl.buy(simulation.customer(), "price_vps_small")
        second = (await api.get(LIST, params=WHERE | {"limit": 2, "offset": 2})).json()
    assert first["totalCount"] == 5
    assert [row["_id"] for row in first["data"]] == [ids[4], ids[3]]
    assert [row["_id"] for row in second["data"]] == [ids[3], ids[2]]


@pytest.mark.parametrize("key", ["contactId", "entityId", "id", "search"])
async def test_the_list_supports_the_filters_of_the_api(
    simulation: GhlSimulation, key: str
) -> None:
    wanted = simulation.ghl.buy(simulation.customer("Ada Example"), "price_vps_small")
    simulation.ghl.buy(simulation.customer("Bo Li"), "price_vps_small")
    sought = {
        "contactId": wanted.contact_id,
        "entityId": wanted.order_id,
        "id": wanted.id,
        "search": "ada",
    }
    async with simulation.api() as api:
        found = (await api.get(LIST, params=WHERE | {key: sought[key]})).json()
    assert [row["_id"] for row in found["data"]] == [wanted.id]


async def test_test_mode_shows_in_the_record_and_in_the_filter(simulation: GhlSimulation) -> None:
    one = simulation.ghl.buy(simulation.customer(), "price_vps_small", live=False)
    async with simulation.api() as api:
        shown = (await api.get(f"{LIST}/{one.id}", params=WHERE)).json()
        live = (await api.get(LIST, params=WHERE | {"paymentMode": "live"})).json()
    assert (shown["liveMode"], shown["markAsTest"]) == (False, True)
    assert live["totalCount"] == 0


async def test_after_a_change_the_old_record_shows_until_the_lag_is_over(
    simulation: GhlSimulation,
) -> None:
    one = simulation.ghl.buy(simulation.customer(), "price_vps_small")
    simulation.ghl.faults.lag_seconds = 5
    simulation.clock.forward(60)
    simulation.ghl.cancel(one.id)
    new = simulation.ghl.buy(simulation.customer(), "price_vps_small")
    async with simulation.api() as api:
        assert (await api.get(f"{LIST}/{one.id}", params=WHERE)).json()["status"] == "active"
        assert (await api.get(f"{LIST}/{new.id}", params=WHERE)).status_code == 404
        simulation.clock.forward(5)
        assert (await api.get(f"{LIST}/{one.id}", params=WHERE)).json()["status"] == "canceled"
        assert (await api.get(f"{LIST}/{new.id}", params=WHERE)).status_code == 200


async def test_above_the_rate_limit_the_answer_is_429_until_the_window_has_passed(
    simulation: GhlSimulation,
) -> None:
    simulation.ghl.faults.requests_per_10_seconds = 2
    async with simulation.api() as api:
        left = [
            (await api.get(LIST, params=WHERE)).headers["x-ratelimit-remaining"] for _ in range(2)
        ]
        over = await api.get(LIST, params=WHERE)
        simulation.clock.forward(10)
        later = await api.get(LIST, params=WHERE)
    assert left == ["1", "0"]
    assert (over.status_code, later.status_code) == (429, 200)
    assert over.headers["x-ratelimit-max"] == "2"
    assert "retry-after" not in over.headers


async def test_a_limit_of_zero_means_no_limit(simulation: GhlSimulation) -> None:
    simulation.ghl.faults.requests_per_10_seconds = 0
    async with simulation.api() as api:
        answers = {(await api.get(LIST, params=WHERE)).status_code for _ in range(150)}
    assert answers == {200}


async def test_an_outage_ends_when_its_time_is_over(simulation: GhlSimulation) -> None:
    simulation.ghl.faults.downtime.begin(60)
    async with simulation.api() as api:
        assert (await api.get(LIST, params=WHERE)).status_code == 503
        simulation.clock.forward(60)
        assert (await api.get(LIST, params=WHERE)).status_code == 200


async def test_a_maintenance_page_comes_with_status_200_and_no_json(
    simulation: GhlSimulation,
) -> None:
    simulation.ghl.faults.outage = Outage.PAGE
    simulation.ghl.faults.fail.armed = 1
    async with simulation.api() as api:
        answer = await api.get(LIST, params=WHERE)
        again = await api.get(LIST, params=WHERE)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert again.json()["totalCount"] == 0


async def test_custom_fields_are_written_back_by_id_and_by_key(simulation: GhlSimulation) -> None:
    contact = simulation.customer()
    async with simulation.api() as api:
        path = f"/locations/{LOCATION.id}/customFields"
        fields = (await api.get(path)).json()["customFields"]
        made = await api.post(path, json={"name": "VPS plan", "dataType": "TEXT"})
        ids = {field["fieldKey"]: field["id"] for field in fields}
        values = [
            {"id": ids["contact.vps_ip"], "field_value": "192.0.2.1"},
            {"key": "vps_state", "field_value": "ready"},
            {"id": "no such field", "field_value": "x"},
        ]
        answer = await api.put(f"/contacts/{contact}", json={"customFields": values})
        shown = (await api.get(f"/contacts/{contact}")).json()["contact"]
    assert made.json()["customField"]["fieldKey"] == "contact.vps_plan"
    assert answer.json()["succeded"] is True
    assert {one["value"] for one in shown["customFields"]} == {"192.0.2.1", "ready"}
    assert [one.fields for one in simulation.ghl.written_back] == [
        {"VPS IP": "192.0.2.1", "VPS state": "ready"}
    ]
    assert [one.event for one in simulation.ghl.deliveries.log][-1] == "ContactUpdate"
