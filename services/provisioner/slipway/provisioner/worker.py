"""Does one due step of one VPS: hold back, call the provider once, look, ask for the second key.

The intent is appended before the call, the answer after it; whoever dies in between is followed by
a look, never by a second call. Only this module and `inventory` talk to providers.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from slipway.contracts.envelope import Meta
from slipway.contracts.vps import Fault, FaultKind, FaultScope, OperationKind, Spec
from slipway.eventstore.command_handling import handle
from slipway.eventstore.due_work import Claim
from slipway.eventstore.store import EventStore, VersionConflict
from slipway.eventstore.stream import Stream
from slipway.provisioner import attempts, release, vps
from slipway.provisioner.calling import Call, Caller
from slipway.provisioner.clouds import Clouds
from slipway.provisioner.gate import Gate, HeldBack
from slipway.provisioner.operation import (
    ATTEMPT_SECONDS,
    Errand,
    due_at,
    errand,
    next_operation,
)
from slipway.provisioner.ports import (
    Called,
    CloudProblem,
    Server,
    TryLater,
)
from slipway.provisioner.probing import Probing
from slipway.provisioner.sightings import Outcome, See, Sight
from slipway.provisioner.specs import account_of
from slipway.provisioner.state import Calling, Operation, Vps
from slipway.provisioner.vps import VPS
from slipway.telemetry import traces

_PACE_SECONDS = 0.5
_SLOW_PACE_SECONDS = 3.0
_SLOW_AFTER = timedelta(seconds=20)
_DIED = Fault(
    kind=FaultKind.OUTCOME_UNKNOWN,
    code="died",
    message="We ended before the answer was noted.",
)


@dataclass(frozen=True)
class Settings:
    installation: str
    stalled_after: timedelta
    """How long GHL may be unable to answer before only a person releases."""


@dataclass(frozen=True)
class Outside:
    """What comes in from outside: time, boot time, ids, chance."""

    clock: Callable[[], datetime]
    boot_time: Callable[[], float]
    new_id: Callable[[], str]
    chance: Callable[[], float]


class Worker:
    def __init__(
        self,
        store: EventStore,
        clouds: Clouds,
        gate: Gate,
        probing: Probing,
        settings: Settings,
        outside: Outside,
    ) -> None:
        self._store = store
        self._clouds = clouds
        self._gate = gate
        self._probing = probing
        self._settings = settings
        self._outside = outside
        self._caller = Caller(clouds, settings.installation, outside.clock, outside.chance)

    async def step(self, claim: Claim) -> None:
        """One step. Time is read once; the socket's deadline is taken with it (H4)."""
        boot, now = self._outside.boot_time(), self._outside.clock()
        stream = await self._store.load(VPS, claim.stream)
        if stream.version != claim.version:
            raise VersionConflict(claim.stream)
        state = stream.state
        what = errand(state, now)
        parent = state.wanted.traceparent if state.wanted else None
        with traces.span(f"provision {what.name.lower()}", parent=parent):
            step = _Step(claim, stream, now, boot + ATTEMPT_SECONDS, self._meta(state))
            await self._do(what, step)

    async def _do(self, what: Errand, step: "_Step") -> None:
        match what:
            case Errand.NOTHING:
                await self._rest(step)
            case Errand.BEGIN:
                await self._begin(step)
            case Errand.ATTEMPT:
                await self._attempt(step)
            case Errand.ASK_RELEASE:
                await self._ask_release(step)
            case Errand.DOUBT:
                await self._append(step, attempts.Doubt(step.now, _DIED))
            case Errand.LOOK:
                await self._look(step)
            case Errand.OVERTAKE:
                await self._append(step, attempts.Overtake(step.now))

    async def _rest(self, step: "_Step") -> None:
        due = due_at(step.state)
        await self._store.reschedule(
            step.claim, due if due is not None and due > step.now else None
        )

    async def _begin(self, step: "_Step") -> None:
        upcoming = next_operation(step.state, step.now)
        assert upcoming is not None  # noqa: S101 - the errand says so
        operation_id = self._outside.new_id()
        asks_first = upcoming.kind is OperationKind.DELETE and not (
            step.state.order is not None and step.state.order.overridden
        )
        if asks_first:
            # The permit is taken when the deletion goes out; the mode is asked before anyone is.
            held = await self._observing(step)
        else:
            held = await self._held_back(step, upcoming.kind, operation_id)
        if held is not None:
            await self._withhold(step, upcoming.kind, held)
            return
        command = attempts.Begin(
            now=step.now,
            installation=self._settings.installation,
            operation_id=operation_id,
            nonce=self._outside.new_id(),
            not_after=step.not_after,
        )
        await self._go_out(step, await self._append(step, command))

    async def _attempt(self, step: "_Step") -> None:
        operation = step.operation
        held = await self._held_back(step, operation.kind, operation.id)
        if held is not None:
            await self._withhold(step, operation.kind, held)
            return
        command = attempts.Attempt(step.now, step.not_after)
        await self._go_out(step, await self._append(step, command))

    async def _held_back(
        self, step: "_Step", kind: OperationKind, operation_id: str
    ) -> HeldBack | None:
        held = await self._gate.ask(step.state, kind, operation_id, step.now, step.meta)
        if held is not None:
            return held
        wait = self._clouds.of(step.spec).budget_seconds()
        if wait > 0:
            return HeldBack("rate-limit", step.now + timedelta(seconds=wait))
        return None

    async def _observing(self, step: "_Step") -> HeldBack | None:
        """The location's mode and the account alone: nothing goes out yet."""
        kind = OperationKind.RESUME  # what needs no permit
        return await self._gate.ask(step.state, kind, "", step.now, step.meta)

    async def _withhold(self, step: "_Step", kind: OperationKind, held: HeldBack) -> None:
        if held.why != "rate-limit":
            command = attempts.Withhold(step.now, kind, held.why, held.until)
            if await self._append(step, command) is not step.stream:
                return
        await self._store.reschedule(step.claim, held.until)

    async def _ask_release(self, step: "_Step") -> None:
        command = release.AskRelease(step.now, self._outside.new_id(), self._settings.stalled_after)
        await self._append(step, command)

    async def _go_out(self, step: "_Step", intended: Stream[Vps]) -> None:
        """Call the provider as the stream now says, and append what it answered."""
        operation = intended.state.operation
        if operation is None or not isinstance(operation.phase, Calling):
            return
        call = Call(intended.state, step.spec, operation, operation.phase, step.deadline)
        command, problem = await self._caller.call(call)
        await self._append(step, command)
        if problem is not None and problem.fault.scope is FaultScope.ACCOUNT:
            await self._probing.suspect(account_of(step.spec), problem.fault, step.meta)

    async def _look(self, step: "_Step") -> None:
        try:
            command = await self._seen(step)
        except TryLater as problem:
            await self._store.postpone(step.claim, _SLOW_PACE_SECONDS)
            if problem.fault.scope is FaultScope.ACCOUNT:
                await self._probing.suspect(account_of(step.spec), problem.fault, step.meta)
            return
        except CloudProblem as problem:
            await self._store.postpone(step.claim, _SLOW_PACE_SECONDS)
            await self._probing.suspect(account_of(step.spec), problem.fault, step.meta)
            return
        if await self._append(step, command) is step.stream:
            await self._store.postpone(step.claim, _pace(step))

    async def _seen(self, step: "_Step") -> See:
        state, operation = step.state, step.operation
        driver, called = self._clouds.of(step.spec), self._caller.called(state, operation)
        if state.server is not None:
            server = await self._clouds.look(step.spec, state.server.provider_id)
        else:
            server = await self._caller.find(step.spec, called)
        proven = server is not None
        if server is None:
            sentinel = (await self._gate.scope_of(state)).sentinel
            proven = sentinel is not None and await driver.prove(sentinel)
            if not proven:
                await self._probing.doubt(account_of(step.spec), step.meta)
        actions = getattr(operation.phase, "action_ids", ())
        settled = server is not None and server.power.value != "unknown"
        outcome = Outcome.DONE if settled else await driver.outcome(actions)
        return See(
            now=self._outside.clock(),
            sight=_sight(server, called),
            proven=proven,
            outcome=outcome,
            settle=driver.settle,
            jitter=self._outside.chance(),
        )

    async def _append(self, step: "_Step", command: vps.Command) -> Stream[Vps]:
        """The stream after it; the very same object where nothing changed."""
        handled = await handle(
            self._store,
            VPS,
            step.claim.stream,
            command,
            now=self._outside.clock(),
            meta=self._meta(step.state),
        )
        return handled.stream if handled.recorded else step.stream

    def _meta(self, state: Vps) -> Meta:
        wanted = state.wanted
        return Meta(
            correlation_id=(wanted.correlation_id if wanted else None) or state.vps_id,
            traceparent=traces.current_traceparent() or (wanted.traceparent if wanted else None),
        )


@dataclass(frozen=True)
class _Step:
    claim: Claim
    stream: Stream[Vps]
    now: datetime
    deadline: float
    """Boot time until which a call may be written to the socket."""
    meta: Meta

    @property
    def state(self) -> Vps:
        return self.stream.state

    @property
    def not_after(self) -> datetime:
        return self.now + timedelta(seconds=ATTEMPT_SECONDS)

    @property
    def spec(self) -> Spec:
        assert self.state.spec is not None  # noqa: S101 - frozen by the first entitlement
        return self.state.spec

    @property
    def operation(self) -> Operation:
        assert self.state.operation is not None  # noqa: S101 - the errand says so
        return self.state.operation


def _sight(server: Server | None, called: Called) -> Sight | None:
    if server is None:
        return None
    ours = all(server.labels.get(name) == value for name, value in called.labels.items())
    return Sight(
        provider_id=server.provider_id,
        ours=ours,
        alive=server.alive,
        power=server.power,
        ipv4=server.ipv4,
        ipv6=server.ipv6,
        region=server.region,
    )


def _pace(step: _Step) -> float:
    since = getattr(step.operation.phase, "since", step.now)
    return _PACE_SECONDS if step.now - since < _SLOW_AFTER else _SLOW_PACE_SECONDS
