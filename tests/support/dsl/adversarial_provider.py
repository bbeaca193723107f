"""Purchases and cancellations during provider faults, and the required outcomes."""

from typing import Any

from slipway.contracts.subscriptions import CheckAnswer
from slipway.contracts.vps import AttemptStarted, VpsDeleted
from slipway.provisioner.vps.operation.state import AwaitingRelease
from slipway.simulators.cloud.faults import Fault, FaultKind, Operation

from tests.support.dsl.provisioner import Provisioner

CREATE, DELETE = Operation.CREATE, Operation.DELETE
FOR_GOOD: dict[str, Any] = {"count": None}


def arm(here: Provisioner, kind: FaultKind, operation: Operation | None = None, **more: Any) -> int:
    return here.cloud.faults.arm(Fault(kind, operation, **more))


async def bought(here: Provisioner, seconds: float = 90, *, pace: float = 1.0) -> None:
    await here.switch_to_act()
    await here.pays()
    await here.work(seconds, pace=pace)


async def one_server(here: Provisioner) -> None:
    """Asserts that exactly one server was ever created, and that it is ours and ready."""
    assert here.servers_ever_made == 1
    await ready(here)


async def ready(here: Provisioner) -> None:
    assert here.servers_alive == 1
    state = await here.state()
    assert state.server is not None
    assert state.server.ready
    assert state.operation is None


async def creates(here: Provisioner) -> int:
    events = await here.events()
    return sum(isinstance(event, AttemptStarted) and event.step == "create" for event in events)


async def cancelled(here: Provisioner, within: int = 120) -> VpsDeleted:
    """Cancels, lets GHL confirm each request, and returns the event of the deletion."""
    await here.cancels()
    for _ in range(within):
        await here.work(1)
        gone = (await here.events())[-1]
        if isinstance(gone, VpsDeleted):
            assert here.servers_alive == 0
            return gone
        operation = (await here.state()).operation
        if operation is not None and isinstance(operation.phase, AwaitingRelease):
            await here.confirmation_answered(CheckAnswer.CONFIRMED)
    raise AssertionError(f"not gone within {within} s: {await here.names()}")
