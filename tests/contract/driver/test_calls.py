"""What every driver promises for each call that changes something, on a real socket."""

import pytest
from slipway.contracts.vps import FaultKind, FaultScope
from slipway.provisioner.providers.deadline import boot_time
from slipway.provisioner.providers.driver import (
    CloudProblem,
    OutcomeUnknown,
    Refused,
    Taken,
    TryLater,
)
from slipway.provisioner.vps.state import Outcome, Power
from slipway.simulators.cloud import FaultKind as Strikes
from slipway.simulators.cloud import Operation

from tests.support.dsl.driver_world import World, called, soon
from tests.support.servers.drivers import SPEC, impatient
from tests.support.servers.simulated_cloud import Served


async def test_a_life_from_create_to_gone(world: World) -> None:
    taken = await world.create()
    assert taken.provider_id is not None
    assert await world.driver.outcome(taken.action_ids) is Outcome.RUNNING
    world.served.clock.forward(10)
    assert await world.driver.outcome(taken.action_ids) is Outcome.DONE
    server = await world.shown(taken.provider_id)
    assert (server.name, server.power, server.region) == (called().name, Power.ON, "fsn1")
    assert server.carries(called().labels)
    assert server.ipv4 is not None
    await world.driver.power_off(taken.provider_id, soon())
    world.served.clock.forward(2)
    assert (await world.shown(taken.provider_id)).power is Power.OFF
    await world.driver.power_on(taken.provider_id, soon())
    world.served.clock.forward(2)
    assert (await world.shown(taken.provider_id)).power is Power.ON
    await world.driver.delete(taken.provider_id, called().labels, soon())
    assert not (await world.shown(taken.provider_id)).alive
    world.served.clock.forward(2)
    assert await world.driver.get(taken.provider_id) is None


async def test_found_by_its_labels_and_by_no_others(world: World) -> None:
    id_ = await world.made()
    assert [one.provider_id for one in await world.driver.find(called())] == [id_]
    assert await world.driver.find(called(generation=2)) == []
    assert await world.driver.find(called(vps="loc1:bob-1")) == []


_NO_SUCH_CALL = [
    (Strikes.SERVER_ERROR, OutcomeUnknown, FaultKind.OUTCOME_UNKNOWN, FaultScope.ACCOUNT, 0),
    (Strikes.ERROR_AFTER_WORK, OutcomeUnknown, FaultKind.OUTCOME_UNKNOWN, FaultScope.ACCOUNT, 1),
    (Strikes.LOST_REPLY, OutcomeUnknown, FaultKind.OUTCOME_UNKNOWN, FaultScope.ACCOUNT, 1),
    (Strikes.BROKEN_BODY, OutcomeUnknown, FaultKind.OUTCOME_UNKNOWN, FaultScope.ACCOUNT, 1),
    (Strikes.DOWN, OutcomeUnknown, FaultKind.OUTCOME_UNKNOWN, FaultScope.ACCOUNT, 0),
    (Strikes.RATE_LIMITED, TryLater, FaultKind.RATE_LIMITED, FaultScope.ACCOUNT, 0),
    (Strikes.NO_CAPACITY, TryLater, FaultKind.CAPACITY, FaultScope.OPERATION, 0),
    (Strikes.TOKEN_REVOKED, Refused, FaultKind.AUTH, FaultScope.ACCOUNT, 0),
    (Strikes.TOKEN_READONLY, Refused, FaultKind.AUTH, FaultScope.ACCOUNT, 0),
]


@pytest.mark.parametrize(
    ("strikes", "cls", "kind", "scope", "made"),
    _NO_SUCH_CALL,
    ids=[row[0].value for row in _NO_SUCH_CALL],
)
async def test_a_create_that_fails_says_how_and_was_posted_once(
    world: World,
    strikes: Strikes,
    cls: type[CloudProblem],
    kind: FaultKind,
    scope: FaultScope,
    made: int,
) -> None:
    world.arm(strikes, Operation.CREATE, count=None)
    with pytest.raises(CloudProblem) as caught:
        await world.create()
    assert type(caught.value) is cls
    assert (caught.value.fault.kind, caught.value.fault.scope) == (kind, scope)
    assert world.servers == made
    assert world.struck() == 1, "never more than one POST for a call"


async def test_a_create_answered_after_our_time_out_is_unknown_and_posted_once(
    world: World,
) -> None:
    world.arm(Strikes.SLOW, Operation.CREATE, count=None, seconds=1.5)
    with pytest.raises(OutcomeUnknown):
        await impatient(world.served).create(SPEC, called(), "fsn1", soon())
    assert world.struck() == 1


async def test_a_taken_name_is_a_conflict(world: World) -> None:
    await world.made()
    with pytest.raises(Refused) as caught:
        await world.create()
    assert caught.value.fault.kind is FaultKind.CONFLICT
    assert world.servers == 1


async def test_a_spec_the_provider_does_not_take_is_a_clear_no(world: World) -> None:
    spec = SPEC.model_copy(update={"size": "no-such-size"})
    with pytest.raises(Refused) as caught:
        await world.driver.create(spec, called(), "fsn1", soon())
    assert caught.value.fault.kind is FaultKind.REJECTED


async def test_a_provider_that_can_not_be_reached_surely_got_nothing(world: World) -> None:
    closed = Served(world.served.cloud, world.served.clock, "http://127.0.0.1:9")
    for call in (
        world.connect(closed).create(SPEC, called(), "fsn1", soon()),
        world.connect(closed).get("1"),
    ):
        with pytest.raises(TryLater) as caught:
            await call
        assert caught.value.fault.sent is False
        assert caught.value.fault.scope is FaultScope.ACCOUNT


async def test_past_its_deadline_nothing_is_written(world: World) -> None:
    id_, labels = await world.made(), called().labels
    late = boot_time() - 0.001
    for call in (
        world.driver.create(SPEC, called(generation=2), "fsn1", late),
        world.driver.delete(id_, labels, late),
        world.driver.power_off(id_, late),
        world.driver.adopt(id_, called(generation=2), late),
    ):
        with pytest.raises(TryLater) as caught:
            await call
        assert caught.value.fault.sent is False
    assert world.servers == 1
    assert (await world.shown(id_)).alive
    assert (await world.shown(id_)).carries(labels)


@pytest.mark.parametrize("operation", [Operation.DELETE, Operation.POWER_OFF])
async def test_a_locked_server_is_worth_another_try(world: World, operation: Operation) -> None:
    id_ = await world.made()
    world.arm(Strikes.LOCKED, operation)

    async def call() -> Taken:
        if operation is Operation.DELETE:
            return await world.driver.delete(id_, called().labels, soon())
        return await world.driver.power_off(id_, soon())

    with pytest.raises(TryLater) as caught:
        await call()
    assert caught.value.fault.scope is FaultScope.OPERATION
    assert (await call()).provider_id == id_


async def test_a_delete_refuses_a_server_with_other_labels(world: World) -> None:
    id_ = await world.made()
    with pytest.raises(Refused):
        await world.driver.delete(id_, called(vps="loc1:bob-1").labels, soon())
    assert (await world.shown(id_)).alive


async def test_a_delete_of_what_is_not_seen_is_no_proof_that_it_is_gone(world: World) -> None:
    id_ = await world.made()
    world.arm(Strikes.STALE_GET, seconds=3600)
    with pytest.raises(OutcomeUnknown) as caught:
        await world.driver.delete(id_, called().labels, soon())
    assert caught.value.fault.sent is False
    assert (await world.shown(id_)).alive


async def test_a_switch_of_what_is_gone_is_left_to_a_look(world: World) -> None:
    with pytest.raises(OutcomeUnknown):
        await world.driver.power_on("4711", soon())


async def test_a_protected_server_is_not_deleted(world: World) -> None:
    id_ = await world.made()
    world.served.cloud.servers[int(id_)].protected = True
    with pytest.raises(Refused):
        await world.driver.delete(id_, called().labels, soon())
