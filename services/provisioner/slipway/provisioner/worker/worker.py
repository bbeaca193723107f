"""Does one due step of one VPS: hold back, call the provider once, look, ask for the second key.

The intent is appended before the call, the answer after it; whoever dies in between is followed by
a look, never by a second call. Only this module and `inventory` talk to providers.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from slipway.contracts.envelope import Meta
from slipway.contracts.vps import Fault, FaultKind, FaultScope, OperationKind, Spec, WithheldReason
from slipway.eventstore.command_handling import handle, handle_loaded
from slipway.eventstore.due_work import Claim
from slipway.eventstore.store import EventStore, VersionConflict
from slipway.eventstore.stream import Stream
from slipway.provisioner.accounts.prober import Probing
from slipway.provisioner.providers.driver import CloudProblem, Refused
from slipway.provisioner.providers.registry import Clouds
from slipway.provisioner.safety.admission import Gate, HeldBack, next_look
from slipway.provisioner.specs import account_of
from slipway.provisioner.vps import attempts, release
from slipway.provisioner.vps import decider as vps
from slipway.provisioner.vps.decider import VPS
from slipway.provisioner.vps.operation import (
    ATTEMPT_SECONDS,
    Errand,
    due_at,
    errand,
    next_operation,
)
from slipway.provisioner.vps.state import Calling, Operation, Vps, Waiting
from slipway.provisioner.worker.observer import Looker, pace_seconds
from slipway.provisioner.worker.provider_call import Call, Caller
from slipway.telemetry import traces

_LOOK_LATER_SECONDS = 3.0
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
        self._looker = Looker(clouds, self._caller, outside.clock, outside.chance)

    async def step(self, claim: Claim) -> None:
        """One step. Time is read once; the socket's deadline counts from before the claim (H4)."""
        boot, now = self._outside.boot_time(), self._outside.clock()
        since = boot if claim.since is None else claim.since
        stream = await self._store.load(VPS, claim.stream)
        if stream.version != claim.version:
            raise VersionConflict(claim.stream)
        state = stream.state
        what = errand(state, now)
        parent = state.wanted.traceparent if state.wanted else None
        with traces.span(f"provision {what.name.lower()}", parent=parent):
            step = _Step(claim, stream, now, since + ATTEMPT_SECONDS, self._meta(state))
            with self._clouds.place(step.spec) as free:
                if free:
                    await self._do(what, step)
                else:
                    await self._store.postpone(claim, _LOOK_LATER_SECONDS)

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
                await self._doubt(step)
            case Errand.LOOK:
                await self._look(step)
            case Errand.OVERTAKE:
                await self._append(step, attempts.Overtake(step.now))

    async def _rest(self, step: "_Step") -> None:
        due = due_at(step.state)
        if due is None or due <= step.now:
            await self._store.reschedule(step.claim, None)
        else:
            await self._later(step, due)

    async def _later(self, step: "_Step", until: datetime) -> None:
        """As a span from the server's now: two clocks that differ would claim it in a circle."""
        await self._store.postpone(step.claim, max((until - step.now).total_seconds(), 0.0))

    async def _begin(self, step: "_Step") -> None:
        upcoming = next_operation(step.state, step.now)
        assert upcoming is not None  # noqa: S101 - the errand says so
        operation_id = self._outside.new_id()
        asks_first = upcoming.kind is OperationKind.DELETE and not (
            step.state.order is not None and step.state.order.overridden
        )
        if asks_first:
            # The permit is taken when the deletion goes out; the mode is asked before anyone is.
            held = await self._gate.closed(step.state, step.now)
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
        if await self._may_go_on(step):
            command = attempts.Attempt(step.now, step.not_after)
            await self._go_out(step, await self._append(step, command))

    async def _ask_release(self, step: "_Step") -> None:
        """A key that grew old while held back is asked for anew only when it can be used."""
        grown_old = isinstance(step.operation.phase, Waiting)
        if grown_old and not await self._may_go_on(step):
            return
        command = release.AskRelease(step.now, self._outside.new_id(), self._settings.stalled_after)
        await self._append(step, command)

    async def _may_go_on(self, step: "_Step") -> bool:
        operation = step.operation
        held = await self._held_back(step, operation.kind, operation.id)
        if held is not None:
            await self._withhold(step, operation.kind, held)
        return held is None

    async def _held_back(
        self, step: "_Step", kind: OperationKind, operation_id: str
    ) -> HeldBack | None:
        held = await self._gate.closed(step.state, step.now)
        if held is not None:
            return held
        try:
            wait = self._clouds.of(step.spec).budget_seconds()
        except Refused as problem:
            await self._probing.suspect(account_of(step.spec), problem.fault, step.meta)
            return HeldBack(
                WithheldReason.ACCOUNT_PAUSED, step.now + timedelta(seconds=_LOOK_LATER_SECONDS)
            )
        if wait > 0:
            return HeldBack(None, step.now + timedelta(seconds=wait))
        return await self._gate.braked(step.state, kind, operation_id, step.now, step.meta)

    async def _withhold(self, step: "_Step", kind: OperationKind, held: HeldBack) -> None:
        if held.reason is WithheldReason.ACCOUNT_PAUSED:
            await self._probing.order_sentinel(account_of(step.spec), step.meta)
        if held.reason is not None:
            command = attempts.Withhold(step.now, kind, held.reason, held.until)
            if await self._append(step, command) is not step.stream:
                return
        await self._later(step, held.until)

    async def _go_out(self, step: "_Step", intended: Stream[Vps]) -> None:
        """Call the provider as the stream now says, and append what it answered."""
        operation = intended.state.operation
        if operation is None or not isinstance(operation.phase, Calling):
            return
        call = Call(intended.state, step.spec, operation, operation.phase, step.deadline)
        command, problem = await self._caller.call(call)
        await self._conclude(step, command)
        if problem is not None and problem.fault.scope is FaultScope.ACCOUNT:
            await self._probing.suspect(account_of(step.spec), problem.fault, step.meta)

    async def _doubt(self, step: "_Step") -> None:
        operation = step.operation
        died = attempts.Doubtful(_DIED)
        command = attempts.Conclude(step.now, operation.id, operation.attempts, died)
        await self._conclude(step, command)

    async def _look(self, step: "_Step") -> None:
        """While the account is paused or doubted a look proves nothing, and there may be many."""
        account = account_of(step.spec)
        scope = await self._gate.scope_of(step.state)
        if not scope.open_for_work:
            await self._later(step, next_look(scope, step.now))
            return
        try:
            wait = self._clouds.of(step.spec).budget_seconds(urgent=True)
            if wait > 0:
                await self._store.postpone(step.claim, wait)
                return
            command = await self._looker.look(step.state, step.operation, step.spec, scope.sentinel)
        except CloudProblem as problem:
            await self._store.postpone(step.claim, _LOOK_LATER_SECONDS)
            await self._probing.suspect(account, problem.fault, step.meta)
            return
        if command is not None and not command.proven:
            await self._store.postpone(step.claim, _LOOK_LATER_SECONDS)
            await self._probing.doubt(account, step.meta)
        elif command is None or await self._append(step, command) is step.stream:
            await self._store.postpone(step.claim, pace_seconds(step.operation, step.now))

    async def _append(self, step: "_Step", command: vps.Command) -> Stream[Vps]:
        """The stream after it; the very same object where nothing changed.

        Decided on the version that was claimed, or not at all: the gate was asked for that one.
        """
        handled = await handle_loaded(
            self._store,
            VPS,
            step.stream,
            command,
            now=self._outside.clock(),
            meta=self._meta(step.state),
        )
        return handled.stream if handled.recorded else step.stream

    async def _conclude(self, step: "_Step", command: attempts.Conclude) -> None:
        """Decided on whatever there is by now: what was called is noted in any case."""
        await handle(
            self._store,
            VPS,
            step.claim.stream,
            command,
            now=self._outside.clock(),
            meta=self._meta(step.state),
        )

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
