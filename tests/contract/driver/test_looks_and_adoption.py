"""What every driver promises for its looks, for adoption and for the account's proof."""

import pytest
from slipway.provisioner.providers.driver import Called, Refused, TryLater
from slipway.provisioner.vps.naming import INSTALLATION
from slipway.provisioner.vps.state import Outcome
from slipway.simulators.cloud import FaultKind as Strikes
from slipway.simulators.cloud import Operation

from tests.support.dsl.driver_world import OTHER_TOKEN, World, by_hand, called, soon
from tests.support.servers.simulated_cloud import Served


async def test_adopting_adds_our_labels_and_keeps_the_others(world: World) -> None:
    id_ = by_hand(world, team="blue")
    await world.driver.adopt(id_, called(), soon())
    server = await world.shown(id_)
    assert server.carries({**called().labels, "team": "blue"})


async def test_an_earlier_generation_of_the_same_vps_may_be_adopted(world: World) -> None:
    id_ = await world.made()
    await world.driver.adopt(id_, called(generation=2), soon())
    assert (await world.shown(id_)).carries(called(generation=2).labels)


@pytest.mark.parametrize(
    "other",
    [called(vps="loc1:bob-1"), called(installation="other"), called(vps="x", installation="other")],
    ids=["another VPS's", "another installation's", "both"],
)
async def test_what_belongs_to_another_is_not_adopted(world: World, other: Called) -> None:
    id_ = await world.made(other)
    with pytest.raises(Refused):
        await world.driver.adopt(id_, called(), soon())
    assert (await world.shown(id_)).carries(other.labels)


@pytest.mark.parametrize("id_", ["4711", "web-1", ""])
async def test_what_is_not_there_is_not_adopted(world: World, id_: str) -> None:
    with pytest.raises(Refused):
        await world.driver.adopt(id_, called(), soon())


async def test_the_sentinel_is_planted_once_and_seen_in_its_account_alone(world: World) -> None:
    assert not await world.driver.prove("the-key")
    await world.driver.plant("the-key")
    await world.driver.plant("the-key")
    assert await world.driver.prove("the-key")
    assert not await world.driver.prove("another")
    other = Served(world.served.cloud, world.served.clock, world.served.url, OTHER_TOKEN)
    assert not await world.connect(other).prove("the-key")


@pytest.mark.parametrize(
    "strikes",
    [Strikes.SERVER_ERROR, Strikes.ERROR_AFTER_WORK, Strikes.BROKEN_BODY, Strikes.DOWN],
    ids=lambda strikes: strikes.value,
)
async def test_a_look_that_can_not_be_read_is_worth_another_and_never_an_absence(
    world: World, strikes: Strikes
) -> None:
    id_ = await world.made()
    world.arm(strikes, count=None)
    for look in (
        world.driver.get(id_),
        world.driver.find(called()),
        world.driver.inventory({INSTALLATION: "test"}),
        world.driver.changing({INSTALLATION: "test"}),
        world.driver.prove("the-key"),
        world.driver.outcome(["1"]),
    ):
        with pytest.raises(TryLater):
            await look


async def test_an_action_that_is_forgotten_is_over(world: World) -> None:
    assert await world.driver.outcome(["4711"]) is Outcome.DONE


async def test_only_ours_that_are_on_their_way_to_another_state_are_changing(world: World) -> None:
    async def changing() -> set[str]:
        return set(await world.driver.changing({INSTALLATION: "test"}))

    resting, id_ = await world.made(called("loc1:bob-1")), str((await world.create()).provider_id)
    by_hand(world)
    assert await changing() == {id_}
    world.served.clock.forward(10)
    for call in (
        world.driver.power_off(id_, soon()),
        world.driver.power_on(id_, soon()),
        world.driver.delete(id_, called().labels, soon()),
    ):
        assert await changing() == set()
        await call
        assert await changing() == {id_}
        world.served.clock.forward(2)
    assert await changing() == set()
    assert (await world.shown(resting)).alive


async def test_an_inventory_is_whole_or_an_error(world: World) -> None:
    for number in range(120):
        vps = called(f"loc1:c{number}-1")
        by_hand(world, vps.name, **vps.labels)
    by_hand(world)
    listed = await world.driver.inventory({INSTALLATION: "test"})
    assert len({one.provider_id for one in listed}) == 120
    world.arm(Strikes.SERVER_ERROR, Operation.LIST, after=2)
    with pytest.raises(TryLater):
        await world.driver.inventory({INSTALLATION: "test"})


@pytest.mark.parametrize("seconds", [20.0, 0.0, -1.0, -3600.0])
async def test_after_a_429_everybody_waits_a_sensible_time(world: World, seconds: float) -> None:
    assert world.driver.budget_seconds() == 0
    world.arm(Strikes.RATE_LIMITED, seconds=seconds)
    with pytest.raises(TryLater):
        await world.create()
    wait = world.driver.budget_seconds(urgent=True)
    assert max(seconds, 1) <= wait <= 300
    world.served.clock.forward(max(wait, 6))
    assert world.driver.budget_seconds() == 0
