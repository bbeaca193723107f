"""What every driver promises for its lookups, for adoption and for the account's proof."""

import pytest
from slipway.provisioner.providers.driver import Refused, TryLater
from slipway.provisioner.vps.naming import INSTALLATION, ExternalName
from slipway.provisioner.vps.state import ActionStatus
from slipway.simulators.cloud import FaultKind as Strikes
from slipway.simulators.cloud import Operation

from tests.support.dsl.driver import OTHER_TOKEN, DriverCase, called, foreign_server, soon
from tests.support.servers.simulated_cloud import Served


async def test_adopting_adds_our_labels_and_keeps_the_others(case: DriverCase) -> None:
    id_ = foreign_server(case, team="blue")
    await case.driver.adopt(id_, called(), soon())
    server = await case.shown(id_)
    assert server.carries({**called().labels, "team": "blue"})


async def test_an_earlier_generation_of_the_same_vps_may_be_adopted(
    case: DriverCase,
) -> None:
    id_ = await case.made()
    await case.driver.adopt(id_, called(generation=2), soon())
    assert (await case.shown(id_)).carries(called(generation=2).labels)


@pytest.mark.parametrize(
    "other",
    [called(vps="loc1:bob-1"), called(installation="other"), called(vps="x", installation="other")],
    ids=["another VPS's", "another installation's", "both"],
)
async def test_a_server_of_another_vps_is_not_adopted(
    case: DriverCase, other: ExternalName
) -> None:
    id_ = await case.made(other)
    with pytest.raises(Refused):
        await case.driver.adopt(id_, called(), soon())
    assert (await case.shown(id_)).carries(other.labels)


@pytest.mark.parametrize("id_", ["4711", "web-1", ""])
async def test_a_missing_server_is_not_adopted(case: DriverCase, id_: str) -> None:
    with pytest.raises(Refused):
        await case.driver.adopt(id_, called(), soon())


async def test_the_sentinel_is_created_once_and_seen_in_its_account_only(
    case: DriverCase,
) -> None:
    assert not await case.driver.has_sentinel("the-key")
    await case.driver.create_sentinel("the-key")
    await case.driver.create_sentinel("the-key")
    assert await case.driver.has_sentinel("the-key")
    assert not await case.driver.has_sentinel("another")
    other = Served(case.served.cloud, case.served.clock, case.served.url, OTHER_TOKEN)
    assert not await case.connect(other).has_sentinel("the-key")


@pytest.mark.parametrize(
    "strikes",
    [Strikes.SERVER_ERROR, Strikes.ERROR_AFTER_WORK, Strikes.BROKEN_BODY, Strikes.DOWN],
    ids=lambda strikes: strikes.value,
)
async def test_an_unreadable_lookup_is_repeated_and_never_an_absence(
    case: DriverCase, strikes: Strikes
) -> None:
    id_ = await case.made()
    case.arm(strikes, count=None)
    for look in (
        case.driver.get(id_),
        case.driver.find(called()),
        case.driver.list_servers({INSTALLATION: "test"}),
        case.driver.list_changing({INSTALLATION: "test"}),
        case.driver.has_sentinel("the-key"),
        case.driver.action_status(["1"]),
    ):
        with pytest.raises(TryLater):
            await look


async def test_an_action_that_the_provider_forgot_is_done(case: DriverCase) -> None:
    assert await case.driver.action_status(["4711"]) is ActionStatus.DONE


async def test_only_our_servers_in_transition_are_listed_as_changing(
    case: DriverCase,
) -> None:
    async def changing() -> set[str]:
        return set(await case.driver.list_changing({INSTALLATION: "test"}))

    resting, id_ = (
        await case.made(called("loc1:bob-1")),
        str((await case.create()).provider_id),
    )
    foreign_server(case)
    assert await changing() == {id_}
    case.served.clock.forward(10)
    for call in (
        case.driver.power_off(id_, soon()),
        case.driver.power_on(id_, soon()),
        case.driver.delete(id_, called().labels, soon()),
    ):
        assert await changing() == set()
        await call
        assert await changing() == {id_}
        case.served.clock.forward(2)
    assert await changing() == set()
    assert (await case.shown(resting)).alive


async def test_a_list_of_servers_is_complete_or_an_error(case: DriverCase) -> None:
    for number in range(120):
        vps = called(f"loc1:c{number}-1")
        foreign_server(case, vps.name, **vps.labels)
    foreign_server(case)
    listed = await case.driver.list_servers({INSTALLATION: "test"})
    assert len({one.provider_id for one in listed}) == 120
    case.arm(Strikes.SERVER_ERROR, Operation.LIST, after=2)
    with pytest.raises(TryLater):
        await case.driver.list_servers({INSTALLATION: "test"})


@pytest.mark.parametrize("seconds", [20.0, 0.0, -1.0, -3600.0])
async def test_after_a_429_all_steps_wait_a_limited_time(case: DriverCase, seconds: float) -> None:
    assert case.driver.acquire_tokens() == 0
    case.arm(Strikes.RATE_LIMITED, seconds=seconds)
    with pytest.raises(TryLater):
        await case.create()
    wait = case.driver.acquire_tokens(urgent=True)
    assert max(seconds, 1) <= wait <= 300
    case.served.clock.forward(max(wait, 6))
    assert case.driver.acquire_tokens() == 0
