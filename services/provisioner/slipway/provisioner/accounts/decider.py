"""Decider of a provider account. A fault pauses the account (H31). A sentinel identifies it (H5).

The sentinel is an SSH key that Slipway creates in the account. `prober` sends the commands when the
worker reports a fault and when a probe is due. `creation_pauses` pauses creations alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import assert_never

from slipway.contracts.envelope import Event
from slipway.contracts.vps import (
    AccountPaused,
    AccountProbed,
    AccountProofFailed,
    AccountProven,
    AccountResumed,
    AccountThrottled,
    AccountThrottleEnded,
    CreationsPaused,
    CreationsProbed,
    CreationsResumed,
    Fault,
    SentinelRequested,
)
from slipway.eventstore.decider import Decider
from slipway.provisioner.accounts.creation_pauses import (
    CreationCommand,
    CreationPause,
    EndIdlePauses,
    PauseCreations,
    ResumeCreations,
    TakeProbe,
    decide_creations,
    evolve_creations,
)

CATEGORY = "account"

_FIRST_PROBE = timedelta(seconds=2)
_LONGEST_PAUSE = timedelta(seconds=30)
_PROVE_AGAIN = timedelta(seconds=30)
_CHECK_THROTTLE = timedelta(seconds=30)


@dataclass(frozen=True)
class RequestSentinel:
    """Requests the account's sentinel, because a location in mode `act` uses the account."""

    account_id: str
    sentinel: str
    now: datetime


@dataclass(frozen=True)
class PauseAccount:
    account_id: str
    fault: Fault
    now: datetime


@dataclass(frozen=True)
class RecordProbe:
    """Records the result of a probe: a fault, or else whether the sentinel was found."""

    account_id: str
    fault: Fault | None
    sentinel_found: bool
    now: datetime


@dataclass(frozen=True)
class NoteThrottle:
    """Records whether the requests of the provider's rate limit are used up."""

    account_id: str
    throttled: bool
    now: datetime


Command = RequestSentinel | PauseAccount | RecordProbe | NoteThrottle | CreationCommand


@dataclass(frozen=True)
class Account:
    account_id: str = ""
    sentinel: str | None = None
    proven: bool = False
    """True once the sentinel was found after Slipway created it."""
    proof_failed: bool = False
    """True while the sentinel is missing. Then another account may be answering."""
    fault: Fault | None = None
    """Why the account is paused; None if it is not."""
    probes: int = 0
    due: datetime | None = None
    creation_pauses: tuple[CreationPause, ...] = ()
    throttle_check_at: datetime | None = None
    """Set while the requests of the rate limit are used up."""

    @property
    def is_usable(self) -> bool:
        return self.proven and not self.proof_failed and self.fault is None


def decide(command: Command, state: Account) -> Sequence[Event]:  # noqa: PLR0911 - a table
    match command:
        case RequestSentinel():
            if state.sentinel is not None:
                return []
            requested = SentinelRequested(
                account_id=command.account_id,
                sentinel=command.sentinel,
                requested_at=command.now,
            )
            return [requested]
        case PauseAccount():
            if state.fault is not None:
                return []
            probe_at = command.now + _FIRST_PROBE
            paused = AccountPaused(
                account_id=command.account_id, fault=command.fault, next_probe_at=probe_at
            )
            return [paused]
        case RecordProbe():
            return _probed(command, state)
        case NoteThrottle():
            return _note_throttle(command, state)
        case PauseCreations() | TakeProbe() | ResumeCreations() | EndIdlePauses():
            return decide_creations(command, state.creation_pauses)
        case _:
            assert_never(command)


def _note_throttle(command: NoteThrottle, state: Account) -> Sequence[Event]:
    if command.throttled is (state.throttle_check_at is not None):
        return []
    if not command.throttled:
        return [AccountThrottleEnded(account_id=command.account_id)]
    check_at = command.now + _CHECK_THROTTLE
    return [AccountThrottled(account_id=command.account_id, check_at=check_at)]


def _probed(command: RecordProbe, state: Account) -> Sequence[Event]:
    if command.fault is not None:
        pause = min(_FIRST_PROBE * 2.0 ** min(state.probes, 10), _LONGEST_PAUSE)
        event = AccountPaused if state.fault is None else AccountProbed
        probe_at = command.now + pause
        return [event(account_id=command.account_id, fault=command.fault, next_probe_at=probe_at)]
    if not command.sentinel_found:
        # Another account may answer. A server missing there may still exist in ours (H5).
        if state.proof_failed and state.due is not None and state.due > command.now:
            return []  # many polls find this together; only one of them records it
        prove_at = command.now + _PROVE_AGAIN
        failed = AccountProofFailed(
            account_id=command.account_id, sentinel=state.sentinel, next_probe_at=prove_at
        )
        return [failed]
    events: list[Event] = []
    if not state.proven or state.proof_failed:
        events.append(AccountProven(account_id=command.account_id, sentinel=state.sentinel or ""))
    if state.fault is not None:
        events.append(AccountResumed(account_id=command.account_id))
    return events


def evolve(state: Account, event: Event) -> Account:  # noqa: C901, PLR0911 - a table of events, one line each
    match event:
        case SentinelRequested(account_id=id_, sentinel=sentinel, requested_at=at):
            return replace(state, account_id=id_, sentinel=sentinel, due=at)
        case AccountPaused(account_id=id_, fault=fault, next_probe_at=at):
            return replace(state, account_id=id_, fault=fault, due=at)
        case AccountProbed(fault=fault, next_probe_at=at):
            return replace(state, fault=fault, due=at, probes=state.probes + 1)
        case AccountProven():
            due = state.due if state.fault is not None else None
            return replace(state, proven=True, proof_failed=False, due=due)
        case AccountProofFailed():
            return replace(state, proof_failed=True, due=event.next_probe_at)
        case AccountResumed():
            return replace(state, fault=None, probes=0, due=None)
        case AccountThrottled(account_id=id_, check_at=at):
            return replace(state, account_id=id_, throttle_check_at=at)
        case AccountThrottleEnded():
            return replace(state, throttle_check_at=None)
        case CreationsPaused() | CreationsProbed() | CreationsResumed():
            pauses = evolve_creations(state.creation_pauses, event)
            return replace(state, account_id=event.account_id, creation_pauses=pauses)
        case _:
            raise TypeError(f"{type(event).__name__} is no event of an account")


def due_at(state: Account) -> datetime | None:
    idle = [pause.ends_idle_at for pause in state.creation_pauses]
    times = [at for at in (state.due, state.throttle_check_at, *idle) if at is not None]
    return min(times, default=None)


ACCOUNT: Decider[Command, Account] = Decider(
    category=CATEGORY,
    initial=Account(),
    decide=decide,
    evolve=evolve,
    due_at=due_at,
    state_type=Account,
    fold_version=2,
)
