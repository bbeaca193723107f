"""Makes one call to a provider and returns the result as a command. `worker` appends it.

Does not retry, because each attempt must first be recorded as an event.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from opentelemetry.trace import SpanKind

from slipway.contracts.vps import AttemptStep, Fault, FaultKind, Spec
from slipway.provisioner.providers.driver import (
    OutcomeUnknown,
    ProviderProblem,
    ProviderServer,
    Receipt,
    TryLater,
)
from slipway.provisioner.providers.registry import ProviderRegistry
from slipway.provisioner.vps.naming import ExternalName, external_name
from slipway.provisioner.vps.operation.attempts import Accepted, ConcludeAttempt, NoClearAnswer
from slipway.provisioner.vps.operation.failures import Failure
from slipway.provisioner.vps.operation.state import Calling, Operation
from slipway.provisioner.vps.state import Vps
from slipway.telemetry import metrics, traces

_NAME_STILL_TAKEN = Fault(
    kind=FaultKind.TRANSIENT,
    code="still_dying",
    message="A server of ours that is being deleted still has the name.",
    sent=False,
)


@dataclass(frozen=True)
class OutgoingCall:
    """A call to a provider whose `AttemptStarted` is already in the stream."""

    state: Vps
    spec: Spec
    operation: Operation
    calling: Calling
    deadline: float
    """Boot time until which the call may be written to the socket (H4)."""


class ProviderCaller:
    def __init__(
        self,
        providers: ProviderRegistry,
        installation: str,
        clock: Callable[[], datetime],
        random: Callable[[], float],
    ) -> None:
        self._providers = providers
        self._installation = installation
        self._clock = clock
        self._random = random

    async def call(self, call: OutgoingCall) -> tuple[ConcludeAttempt, ProviderProblem | None]:
        """Returns the result as a command, and the problem if there was one."""
        word, step = "accepted", call.calling.step
        attributes = {"slipway.vps": call.state.vps_id, "slipway.attempt": call.calling.attempt}
        name = f"{call.spec.provider} {step.value}"
        result: Accepted | Failure | NoClearAnswer
        problem: ProviderProblem | None = None
        try:
            with traces.span(name, kind=SpanKind.CLIENT, attributes=attributes):
                receipt = await self._send(call)
                result = Accepted(receipt.provider_id, receipt.action_ids)
        except ProviderProblem as raised:
            word, problem, result = raised.fault.kind.value, raised, self._failed(raised)
        finally:
            metrics.PROVIDER_ATTEMPTS.labels(call.spec.provider, step.value, word).inc()
        number = call.calling.attempt
        return ConcludeAttempt(self._clock(), call.operation.id, number, result), problem

    async def find(self, spec: Spec, named: ExternalName) -> ProviderServer | None:
        """Returns the server of this generation, or None. Ignores servers that are being deleted.

        Each server found by label is read by id, because a list may be stale (H14).
        """
        return _alive(await self._carrying(spec, named))

    async def _carrying(self, spec: Spec, named: ExternalName) -> Sequence[ProviderServer]:
        driver = self._providers.driver_of(spec)
        read = [await driver.get(row.provider_id) for row in await driver.find(named)]
        return [one for one in read if one is not None and one.carries(named.labels)]

    def name_of(self, state: Vps, operation: Operation) -> ExternalName:
        return external_name(self._installation, state.vps_id, operation.generation)

    def _failed(self, problem: ProviderProblem) -> Failure | NoClearAnswer:
        if isinstance(problem, OutcomeUnknown):
            return NoClearAnswer(problem.fault)
        return Failure(problem.fault, self._random(), problem.retry_after_seconds)

    async def _send(self, call: OutgoingCall) -> Receipt:
        driver, operation = self._providers.driver_of(call.spec), call.operation
        named = self.name_of(call.state, operation)
        match call.calling.step:
            case AttemptStep.CREATE:
                return await self._create(call, named)
            case AttemptStep.ADOPT:
                return await driver.adopt(operation.adopting or "", named, call.deadline)
            case AttemptStep.DELETE:
                return await driver.delete(_id(call.state), named.labels, call.deadline)
            case AttemptStep.POWER_OFF:
                return await driver.power_off(_id(call.state), call.deadline)
            case AttemptStep.POWER_ON:
                return await driver.power_on(_id(call.state), call.deadline)

    async def _create(self, call: OutgoingCall, named: ExternalName) -> Receipt:
        """Creates the server, unless an earlier attempt has created it.

        Returns a Receipt with the id of the new or the existing server.
        """
        found = await self._carrying(call.spec, named)
        alive = _alive(found)
        if alive is not None:
            return Receipt(alive.provider_id)
        if found:
            raise TryLater(_NAME_STILL_TAKEN)
        region = call.calling.region or call.spec.regions[0]
        driver = self._providers.driver_of(call.spec)
        return await driver.create(call.spec, named, region, call.deadline)


def _alive(servers: Iterable[ProviderServer]) -> ProviderServer | None:
    return next((one for one in servers if one.alive), None)


def _id(state: Vps) -> str:
    assert state.server is not None  # noqa: S101 - only existing servers are switched or deleted
    return state.server.provider_id
