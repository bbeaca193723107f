"""What every driver promises for each call that changes something, on a real socket."""

import pytest
from slipway.contracts.vps import FaultKind, FaultScope
from slipway.provisioner.providers.deadline import boot_time
from slipway.provisioner.providers.driver import (
    OutcomeUnknown,
    ProviderProblem,
    Receipt,
    Refused,
    TryLater,
)
from slipway.provisioner.vps.state import ActionStatus, Power
from slipway.simulators.cloud import FaultKind as Strikes
from slipway.simulators.cloud import Operation

from tests.support.dsl.driver import DriverCase, called, soon
from tests.support.servers.drivers import SPEC, impatient
from tests.support.servers.simulated_cloud import Served


async def test_a_server_is_created_switched_and_deleted(case: DriverCase) -> None:
    taken = await case.create()
    assert taken.provider_id is not None
    assert await case.driver.action_status(taken.action_ids) is ActionStatus.RUNNING
    case.served.clock.forward(10)
    assert await case.driver.action_status(taken.action_ids) is ActionStatus.DONE
    server = await case.shown(taken.provider_id)
    assert (server.name, server.power, server.region) == (called().name, Power.ON, "fsn1")
    assert server.carries(called().labels)
    assert server.ipv4 is not None
    await case.driver.power_off(taken.provider_id, soon())
    case.served.clock.forward(2)
    assert (await case.shown(taken.provider_id)).power is Power.OFF
    await case.driver.power_on(taken.provider_id, soon())
    case.served.clock.forward(2)
    assert (await case.shown(taken.provider_id)).power is Power.ON
    await case.driver.delete(taken.provider_id, called().labels, soon())
    assert not (await case.shown(taken.provider_id)).alive
    case.served.clock.forward(2)
    assert await case.driver.get(taken.provider_id) is None


async def test_a_server_is_found_by_its_labels_only(case: DriverCase) -> None:
    id_ = await case.made()
    assert [one.provider_id for one in await case.driver.find(called())] == [id_]
    assert await case.driver.find(called(generation=2)) == []
    assert await case.driver.find(called(vps="loc1:bob-1")) == []


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
async def test_a_failed_create_names_its_fault_and_was_sent_once(
    case: DriverCase,
    strikes: Strikes,
    cls: type[ProviderProblem],
    kind: FaultKind,
    scope: FaultScope,
    made: int,
) -> None:
    case.arm(strikes, Operation.CREATE, count=None)
    with pytest.raises(ProviderProblem) as caught:
        await case.create()
    assert type(caught.value) is cls
    assert (caught.value.fault.kind, caught.value.fault.scope) == (kind, scope)
    assert case.servers == made
    assert case.struck() == 1, "never more than one POST for a call"


async def test_a_create_answered_after_our_time_out_is_unknown_and_was_sent_once(
    case: DriverCase,
) -> None:
    case.arm(Strikes.SLOW, Operation.CREATE, count=None, seconds=1.5)
    with pytest.raises(OutcomeUnknown):
        await impatient(case.served).create(SPEC, called(), "fsn1", soon())
    assert case.struck() == 1


async def test_a_taken_name_is_a_conflict(case: DriverCase) -> None:
    await case.made()
    with pytest.raises(Refused) as caught:
        await case.create()
    assert caught.value.fault.kind is FaultKind.CONFLICT
    assert case.servers == 1


async def test_a_spec_that_the_provider_rejects_is_refused(case: DriverCase) -> None:
    spec = SPEC.model_copy(update={"cloud_init": "x" * 40_000})
    with pytest.raises(Refused) as caught:
        await case.driver.create(spec, called(), "fsn1", soon())
    assert caught.value.fault.kind is FaultKind.REJECTED


@pytest.mark.parametrize("gone", [{"size": "no-such-size"}, {"image": "no-such-image"}])
async def test_a_size_or_image_that_is_not_offered_concerns_all_creations(
    case: DriverCase, gone: dict[str, str]
) -> None:
    with pytest.raises(TryLater) as caught:
        await case.driver.create(SPEC.model_copy(update=gone), called(), "fsn1", soon())
    fault = caught.value.fault
    assert (fault.kind, fault.scope) == (FaultKind.CONFIG, FaultScope.CREATIONS)


async def test_a_region_that_is_not_offered_is_left(case: DriverCase) -> None:
    with pytest.raises(TryLater) as caught:
        await case.driver.create(SPEC, called(), "no-such-region", soon())
    assert caught.value.fault.kind is FaultKind.CAPACITY


async def test_an_unreachable_provider_received_nothing(
    case: DriverCase,
) -> None:
    closed = Served(case.served.cloud, case.served.clock, "http://127.0.0.1:9")
    for call in (
        case.connect(closed).create(SPEC, called(), "fsn1", soon()),
        case.connect(closed).get("1"),
    ):
        with pytest.raises(TryLater) as caught:
            await call
        assert caught.value.fault.sent is False
        assert caught.value.fault.scope is FaultScope.ACCOUNT


async def test_past_its_deadline_nothing_is_written(case: DriverCase) -> None:
    id_, labels = await case.made(), called().labels
    late = boot_time() - 0.001
    for call in (
        case.driver.create(SPEC, called(generation=2), "fsn1", late),
        case.driver.delete(id_, labels, late),
        case.driver.power_off(id_, late),
        case.driver.adopt(id_, called(generation=2), late),
    ):
        with pytest.raises(TryLater) as caught:
            await call
        assert caught.value.fault.sent is False
    assert case.servers == 1
    assert (await case.shown(id_)).alive
    assert (await case.shown(id_)).carries(labels)


@pytest.mark.parametrize("operation", [Operation.DELETE, Operation.POWER_OFF])
async def test_a_locked_server_is_tried_later(case: DriverCase, operation: Operation) -> None:
    id_ = await case.made()
    case.arm(Strikes.LOCKED, operation)

    async def call() -> Receipt:
        if operation is Operation.DELETE:
            return await case.driver.delete(id_, called().labels, soon())
        return await case.driver.power_off(id_, soon())

    with pytest.raises(TryLater) as caught:
        await call()
    assert caught.value.fault.scope is FaultScope.OPERATION
    assert (await call()).provider_id == id_


async def test_a_delete_refuses_a_server_with_other_labels(case: DriverCase) -> None:
    id_ = await case.made()
    with pytest.raises(Refused):
        await case.driver.delete(id_, called(vps="loc1:bob-1").labels, soon())
    assert (await case.shown(id_)).alive


async def test_a_delete_of_a_server_that_is_not_found_proves_nothing(
    case: DriverCase,
) -> None:
    id_ = await case.made()
    case.arm(Strikes.STALE_GET, seconds=3600)
    with pytest.raises(OutcomeUnknown) as caught:
        await case.driver.delete(id_, called().labels, soon())
    assert caught.value.fault.sent is False
    assert (await case.shown(id_)).alive


async def test_a_power_change_of_a_missing_server_has_an_unknown_outcome(case: DriverCase) -> None:
    with pytest.raises(OutcomeUnknown):
        await case.driver.power_on("4711", soon())


async def test_a_protected_server_is_not_deleted(case: DriverCase) -> None:
    id_ = await case.made()
    case.served.cloud.servers[int(id_)].protected = True
    with pytest.raises(Refused):
        await case.driver.delete(id_, called().labels, soon())
