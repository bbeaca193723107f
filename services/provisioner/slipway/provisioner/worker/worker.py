"""Does one due step of one VPS.

A step withholds the operation, calls the provider once, polls the server, or asks GHL to confirm a
deletion. `AttemptStarted` is appended before the call and the result after it. If the worker dies
in between, the next worker polls and never repeats the call blindly. Only this folder, `accounts`
and `inventory` call providers.
"""

from datetime import timedelta

from slipway.contracts.vps import AttemptStep, Fault, FaultKind, FaultScope
from slipway.eventstore.due_work import Claim
from slipway.eventstore.store import EventStore, VersionConflict
from slipway.eventstore.stream import Stream
from slipway.provisioner.accounts.prober import AccountProber
from slipway.provisioner.providers.driver import ProviderProblem
from slipway.provisioner.providers.registry import ProviderRegistry
from slipway.provisioner.safety.admission import Admission, after_next_probe
from slipway.provisioner.vps.confirmation import needs_confirmation
from slipway.provisioner.vps.decider import VPS
from slipway.provisioner.vps.operation.attempts import ConcludeAttempt, NoClearAnswer, StartAttempt
from slipway.provisioner.vps.operation.next_operation import next_operation
from slipway.provisioner.vps.operation.next_step import ATTEMPT_SECONDS, NextStep, due_at, next_step
from slipway.provisioner.vps.operation.start import StartOperation
from slipway.provisioner.vps.operation.state import Calling, Waiting
from slipway.provisioner.vps.paid_period import ConcludeAbsence
from slipway.provisioner.vps.release import RequestRelease
from slipway.provisioner.vps.state import Vps
from slipway.provisioner.worker.admission_check import AdmissionCheck
from slipway.provisioner.worker.observer import Observer, pace_seconds
from slipway.provisioner.worker.provider_call import OutgoingCall, ProviderCaller
from slipway.provisioner.worker.step import Sources, Step
from slipway.telemetry import traces

_POLL_LATER_SECONDS = 3.0
_DIED = Fault(
    kind=FaultKind.OUTCOME_UNKNOWN,
    code="died",
    message="Slipway stopped before the answer was recorded.",
)


class Worker:
    def __init__(  # noqa: PLR0913 - wiring names each
        self,
        store: EventStore,
        providers: ProviderRegistry,
        admission: Admission,
        prober: AccountProber,
        sources: Sources,
        *,
        installation: str,
        stalled_after: timedelta,
    ) -> None:
        """`stalled_after` is how long GHL may give no answer before operators are notified."""
        self._store = store
        self._providers = providers
        self._admission = admission
        self._prober = prober
        self._sources = sources
        self._installation = installation
        self._stalled_after = stalled_after
        self._check = AdmissionCheck(providers, admission, prober)
        self._caller = ProviderCaller(providers, installation, sources.clock, sources.random)
        self._observer = Observer(providers, self._caller, sources.clock, sources.random)

    async def step(self, claim: Claim) -> None:
        """Does the due step of the claimed VPS.

        The deadline of a call counts from the claim (H4).
        """
        boot, now = self._sources.boot_time(), self._sources.clock()
        since = boot if claim.since is None else claim.since
        stream = await self._store.load(VPS, claim.stream)
        if stream.version != claim.version:
            raise VersionConflict(claim.stream)
        what, wanted = next_step(stream.state, now), stream.state.desired_state
        step = Step(
            self._store, self._sources.clock, claim, stream, now, deadline=since + ATTEMPT_SECONDS
        )
        parent = wanted.traceparent if wanted else None
        with (
            traces.span(f"provision {what.name.lower()}", parent=parent),
            self._providers.slot(step.spec) as free,
        ):
            if free:
                await self._do(what, step)
            else:
                await step.postpone(_POLL_LATER_SECONDS)

    async def _do(self, what: NextStep, step: Step) -> None:
        match what:
            case NextStep.NOTHING:
                await self._rest(step)
            case NextStep.START_OPERATION:
                await self._start_operation(step)
            case NextStep.START_ATTEMPT:
                await self._start_attempt(step)
            case NextStep.REQUEST_RELEASE:
                await self._request_release(step)
            case NextStep.CONCLUDE_UNKNOWN:
                operation, result = step.operation, NoClearAnswer(_DIED)
                command = ConcludeAttempt(step.now, operation.id, operation.attempts, result)
                await step.append_in_any_case(command)
            case NextStep.POLL:
                await self._poll(step)
            case NextStep.CONCLUDE_ABSENCE:
                await step.append(ConcludeAbsence(step.now))

    async def _rest(self, step: Step) -> None:
        due = due_at(step.state)
        if due is None or due <= step.now:
            await self._store.reschedule(step.claim, None)
        else:
            await step.postpone_until(due)

    async def _start_operation(self, step: Step) -> None:
        upcoming = next_operation(step.state, step.now)
        assert upcoming is not None  # noqa: S101 - the next step says so
        kind, operation_id = upcoming.kind, self._sources.new_id()
        # Such an operation takes its permit only when it is sent, after GHL has confirmed it.
        asks_first = needs_confirmation(step.state, kind)
        if not await self._check.admits(step, kind, operation_id, takes_permit=not asks_first):
            return
        command = StartOperation(
            now=step.now,
            installation=self._installation,
            operation_id=operation_id,
            nonce=self._sources.new_id(),
            not_after=step.not_after,
        )
        await self._call(step, await step.append(command))

    async def _start_attempt(self, step: Step) -> None:
        operation = step.operation
        if await self._check.admits(step, operation.kind, operation.id):
            command = StartAttempt(step.now, step.not_after)
            await self._call(step, await step.append(command))

    async def _request_release(self, step: Step) -> None:
        """Asks GHL to confirm the next attempt, but not while the attempt could not be sent."""
        operation = step.operation
        is_first = isinstance(operation.phase, Waiting)
        if is_first and not await self._check.admits(
            step, operation.kind, operation.id, takes_permit=False
        ):
            return
        nonce = self._sources.new_id()
        await step.append(RequestRelease(step.now, nonce, self._stalled_after))

    async def _call(self, step: Step, announced: Stream[Vps]) -> None:
        """Makes the call that the stream has recorded as started, and appends the result."""
        operation = announced.state.operation
        if operation is None or not isinstance(operation.phase, Calling):
            return
        call = OutgoingCall(announced.state, step.spec, operation, operation.phase, step.deadline)
        command, problem = await self._caller.call(call)
        await step.append_in_any_case(command)
        if problem is not None:
            await self._report(step, problem.fault)
        elif call.calling.step is AttemptStep.CREATE:
            await self._prober.resume_creations(step.spec, step.meta())

    async def _report(self, step: Step, fault: Fault) -> None:
        """Pauses the account or its creations, if the fault concerns more than this operation."""
        match fault.scope:
            case FaultScope.ACCOUNT:
                await self._prober.report_fault(step.account_id, fault, step.meta())
            case FaultScope.CREATIONS:
                await self._prober.pause_creations(step.spec, fault, step.meta())
            case FaultScope.OPERATION:
                pass

    async def _poll(self, step: Step) -> None:
        """Polls the server and appends the observation.

        If the account is not usable, a poll would prove nothing, so the step is postponed.
        """
        account = await self._admission.account_of(step.state)
        if not account.is_usable:
            await step.postpone_until(after_next_probe(account, step.now))
            return
        try:
            wait = self._providers.driver_of(step.spec).acquire_tokens(urgent=True)
            if wait > 0:
                await step.postpone(wait)
                return
            seen = await self._observer.observe(
                step.state, step.operation, step.spec, account.sentinel
            )
        except ProviderProblem as problem:
            await step.postpone(_POLL_LATER_SECONDS)
            await self._prober.report_fault(step.account_id, problem.fault, step.meta())
            return
        if seen is not None and not seen.account_proven:
            await step.postpone(_POLL_LATER_SECONDS)
            await self._prober.report_missing_sentinel(step.account_id, step.meta())
        elif seen is None or await step.append(seen) is step.stream:
            await step.postpone(pace_seconds(step.operation, step.now))
