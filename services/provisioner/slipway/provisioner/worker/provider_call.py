"""One call to a provider and what came of it, as a command for the decider. `worker` appends both.

Nothing is retried in here: the next attempt is an event of its own.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from opentelemetry.trace import SpanKind

from slipway.contracts.vps import AttemptStep, Fault, FaultKind, Spec
from slipway.provisioner.providers.driver import (
    Called,
    CloudProblem,
    OutcomeUnknown,
    Server,
    Taken,
    TryLater,
)
from slipway.provisioner.providers.registry import Clouds
from slipway.provisioner.vps.attempts import Accepted, Conclude, Doubtful
from slipway.provisioner.vps.failures import Failure
from slipway.provisioner.vps.naming import external_name
from slipway.provisioner.vps.state import Calling, Operation, Vps
from slipway.telemetry import metrics, traces

_STILL_DYING = Fault(
    kind=FaultKind.TRANSIENT,
    code="still_dying",
    message="A server of ours that is being deleted still has the name.",
    sent=False,
)


@dataclass(frozen=True)
class Call:
    """What the stream says is going out."""

    state: Vps
    spec: Spec
    operation: Operation
    calling: Calling
    deadline: float
    """Boot time until which it may be written to the socket (H4)."""


class Caller:
    def __init__(
        self,
        clouds: Clouds,
        installation: str,
        clock: Callable[[], datetime],
        chance: Callable[[], float],
    ) -> None:
        self._clouds = clouds
        self._installation = installation
        self._clock = clock
        self._chance = chance

    async def call(self, call: Call) -> tuple[Conclude, CloudProblem | None]:
        """What came of it as a command, and the problem if there was one."""
        word, step = "accepted", call.calling.step
        attributes = {"slipway.vps": call.state.vps_id, "slipway.attempt": call.calling.attempt}
        name = f"{call.spec.provider} {step}"
        outcome: Accepted | Failure | Doubtful
        problem: CloudProblem | None = None
        try:
            with traces.span(name, kind=SpanKind.CLIENT, attributes=attributes):
                taken = await self._send(call)
                outcome = Accepted(taken.provider_id, taken.action_ids)
        except CloudProblem as raised:
            word, problem, outcome = raised.fault.kind.value, raised, self._failed(raised)
        finally:
            metrics.PROVIDER_ATTEMPTS.labels(call.spec.provider, step, word).inc()
        number = call.calling.attempt
        return Conclude(self._clock(), call.operation.id, number, outcome), problem

    async def find(self, spec: Spec, called: Called) -> Server | None:
        """This generation's, alive, and read by id: a list may show what is gone (H14)."""
        return _alive(await self._carrying(spec, called))

    async def _carrying(self, spec: Spec, called: Called) -> Sequence[Server]:
        driver = self._clouds.of(spec)
        read = [await driver.get(row.provider_id) for row in await driver.find(called)]
        return [one for one in read if one is not None and one.carries(called.labels)]

    def called(self, state: Vps, operation: Operation) -> Called:
        named = external_name(self._installation, state.vps_id, operation.generation)
        return Called(named.name, named.labels)

    def _failed(self, problem: CloudProblem) -> Failure | Doubtful:
        if isinstance(problem, OutcomeUnknown):
            return Doubtful(problem.fault)
        return Failure(problem.fault, self._chance(), problem.retry_after_seconds)

    async def _send(self, call: Call) -> Taken:
        driver, operation = self._clouds.of(call.spec), call.operation
        called = self.called(call.state, operation)
        match call.calling.step:
            case AttemptStep.CREATE:
                return await self._create(call, called)
            case AttemptStep.ADOPT:
                return await driver.adopt(operation.adopting or "", called, call.deadline)
            case AttemptStep.DELETE:
                return await driver.delete(_id(call.state), called.labels, call.deadline)
            case AttemptStep.POWER_OFF:
                return await driver.power_off(_id(call.state), call.deadline)
            case AttemptStep.POWER_ON:
                return await driver.power_on(_id(call.state), call.deadline)

    async def _create(self, call: Call, called: Called) -> Taken:
        """Find before create: an earlier attempt's server is taken over, not doubled."""
        found = await self._carrying(call.spec, called)
        alive = _alive(found)
        if alive is not None:
            return Taken(alive.provider_id)
        if found:
            raise TryLater(_STILL_DYING)
        region = call.calling.region or call.spec.regions[0]
        return await self._clouds.of(call.spec).create(call.spec, called, region, call.deadline)


def _alive(servers: Iterable[Server]) -> Server | None:
    return next((one for one in servers if one.alive), None)


def _id(state: Vps) -> str:
    assert state.server is not None  # noqa: S101 - only what exists is switched or deleted
    return state.server.provider_id
