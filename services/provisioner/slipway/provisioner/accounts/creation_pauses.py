"""Pauses the creations of an account that share one cause, and no other operation (pure, H37).

A limit or a missing catalogue entry pauses these creations instead of parking each VPS. While they
are paused, one waiting creation is sent from time to time as a probe. If the provider accepts it,
all others continue. `admission` takes probes, `prober` sends the other commands.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never

from slipway.contracts.vps import (
    CreationsPaused,
    CreationsProbed,
    CreationsResumed,
    Fault,
    FaultKind,
    Spec,
)

_LIMIT = "limit"
_FIRST_PROBE = timedelta(seconds=5)
_LONGEST_PAUSE = timedelta(minutes=1)
_IDLE = timedelta(minutes=10)
"""The pause ends if no creation took the probe for this long."""


@dataclass(frozen=True)
class CreationPause:
    needs: str
    """The missing need of the creations: `limit`, or `<size>/<image>`."""
    fault: Fault
    probe_at: datetime
    probes: int = 0

    @property
    def ends_idle_at(self) -> datetime:
        return self.probe_at + _IDLE


@dataclass(frozen=True)
class PauseCreations:
    account_id: str
    needs: str
    fault: Fault
    now: datetime


@dataclass(frozen=True)
class TakeProbe:
    """Asks whether a waiting creation may be sent as the probe."""

    account_id: str
    needs: tuple[str, ...]
    now: datetime


@dataclass(frozen=True)
class ResumeCreations:
    """Ends the pauses of these needs, because the provider accepted a creation that has them."""

    account_id: str
    needs: tuple[str, ...]


@dataclass(frozen=True)
class EndIdlePauses:
    account_id: str
    now: datetime


CreationCommand = PauseCreations | TakeProbe | ResumeCreations | EndIdlePauses
CreationEvent = CreationsPaused | CreationsProbed | CreationsResumed


def needs_of(spec: Spec) -> tuple[str, ...]:
    return (_LIMIT, _entry(spec))


def need_at_fault(fault: Fault, spec: Spec) -> str:
    return _LIMIT if fault.kind is FaultKind.QUOTA else _entry(spec)


def _entry(spec: Spec) -> str:
    return f"{spec.size}/{spec.image}"


def decide_creations(
    command: CreationCommand, pauses: Sequence[CreationPause]
) -> list[CreationEvent]:
    match command:
        case PauseCreations(account_id=id_, needs=needs, fault=fault, now=now):
            if any(pause.needs == needs for pause in pauses):
                return []
            probe_at = now + _FIRST_PROBE
            return [
                CreationsPaused(account_id=id_, needs=needs, fault=fault, next_probe_at=probe_at)
            ]
        case TakeProbe():
            return _take_probe(command, pauses)
        case ResumeCreations(account_id=id_, needs=wanted):
            over = [pause.needs for pause in pauses if pause.needs in wanted]
            return [CreationsResumed(account_id=id_, needs=needs) for needs in over]
        case EndIdlePauses(account_id=id_, now=now):
            idle = [pause.needs for pause in pauses if pause.ends_idle_at <= now]
            return [CreationsResumed(account_id=id_, needs=needs) for needs in idle]
        case _:
            assert_never(command)


def _take_probe(command: TakeProbe, pauses: Sequence[CreationPause]) -> list[CreationEvent]:
    """Returns an event that makes this creation the probe of the pauses that concern it.

    Returns no event if there is no such pause, or if it is too early for a probe.
    """
    concerned = [pause for pause in pauses if pause.needs in command.needs]
    if any(pause.probe_at > command.now for pause in concerned):
        return []
    return [
        CreationsProbed(
            account_id=command.account_id,
            needs=pause.needs,
            next_probe_at=command.now + _pause_after(pause.probes),
        )
        for pause in concerned
    ]


def _pause_after(probes: int) -> timedelta:
    return min(_FIRST_PROBE * 2.0 ** min(probes, 10), _LONGEST_PAUSE)


def evolve_creations(
    pauses: tuple[CreationPause, ...], event: CreationEvent
) -> tuple[CreationPause, ...]:
    others = tuple(pause for pause in pauses if pause.needs != event.needs)
    match event:
        case CreationsPaused(needs=needs, fault=fault, next_probe_at=at):
            return (*others, CreationPause(needs, fault, at))
        case CreationsProbed(needs=needs, next_probe_at=at):
            known = [pause for pause in pauses if pause.needs == needs]
            probed = (CreationPause(needs, one.fault, at, one.probes + 1) for one in known)
            return (*others, *probed)
        case CreationsResumed():
            return others
