"""Decider of the write-back: the values of the contact's custom fields, and GHL's answer.

A contact has one stream, because a customer with two subscriptions has one field for both. For each
VPS the state with the highest version counts, so a redelivered older event can't make a deleted
server appear again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypedDict, assert_never

from slipway.contracts.envelope import Event
from slipway.contracts.ids import subscription_of
from slipway.contracts.subscriptions import WriteBackDone, WriteBackFailed, WriteBackRequested
from slipway.eventstore.decider import Decider

CATEGORY = "writeback"
GONE = "gone"


@dataclass(frozen=True)
class RequestWriteBack:
    """The provisioner confirmed this state of a VPS by a read at the provider."""

    subscription_id: str
    contact_id: str | None
    vps_id: str
    ip: str
    state: str
    source: tuple[int, int]
    """Source version, that is, (epoch, version) of the event of the VPS."""
    at: datetime


@dataclass(frozen=True)
class ReportWritten:
    """GHL accepted the values, which include the first `requests` write-back requests."""

    requests: int


@dataclass(frozen=True)
class ReportFailed:
    requests: int
    problem: str


Command = RequestWriteBack | ReportWritten | ReportFailed


@dataclass(frozen=True)
class ProvenVps:
    vps_id: str
    ip: str
    state: str
    source: tuple[int, int]


@dataclass(frozen=True)
class WriteBack:
    subscription_id: str = ""
    contact_id: str | None = None
    proven: tuple[ProvenVps, ...] = ()
    requests: int = 0
    """Number of requests so far. After a result for fewer requests, the stream stays due."""
    settled: int = 0
    """Number of requests that have a result."""
    requested_at: datetime | None = None


def field_values(state: WriteBack) -> tuple[str, str]:
    """Returns `vps_ip` and `vps_state` of the contact. Several VPSs are listed by their number.

    Deleted VPSs are left out if another VPS exists, for example when a customer has returned.
    """
    ordered = sorted(state.proven, key=lambda vps: (len(vps.vps_id), vps.vps_id))
    shown = [vps for vps in ordered if vps.state != GONE] or ordered
    ips = [vps.ip for vps in shown if vps.ip]
    states = [vps.state for vps in shown]
    return ", ".join(ips), states[0] if len(set(states)) == 1 else ", ".join(states)


def decide(command: Command, state: WriteBack) -> Sequence[Event]:
    match command:
        case RequestWriteBack():
            return _request(command, state)
        case ReportWritten(requests):
            if requests <= state.settled:
                return []
            ip, vps_state = field_values(state)
            return [
                WriteBackDone(**target, vps_ip=ip, vps_state=vps_state, requests=requests)
                for target in _targets(state)
            ]
        case ReportFailed(requests, problem):
            if requests <= state.settled:
                return []
            return [
                WriteBackFailed(**target, problem=problem, requests=requests)
                for target in _targets(state)
            ]
        case _:
            assert_never(command)


def _request(command: RequestWriteBack, state: WriteBack) -> list[Event]:
    known = next((vps for vps in state.proven if vps.vps_id == command.vps_id), None)
    if known is not None and command.source <= known.source:
        return []
    return [
        WriteBackRequested(
            subscription_id=command.subscription_id,
            contact_id=command.contact_id,
            vps_id=command.vps_id,
            vps_ip=command.ip,
            vps_state=command.state,
            source_epoch=command.source[0],
            source_version=command.source[1],
            requested_at=command.at,
        )
    ]


class _Target(TypedDict):
    subscription_id: str
    contact_id: str | None
    vps_id: str


def _targets(state: WriteBack) -> Iterator[_Target]:
    """Yields each subscription with the VPS whose state was confirmed last.

    Each subscription has its own event, because a failure opens an incident for each.
    """
    newest = {subscription_of(vps.vps_id): vps.vps_id for vps in state.proven}
    for subscription, vps in newest.items():
        yield {"subscription_id": subscription, "contact_id": state.contact_id, "vps_id": vps}


def evolve(state: WriteBack, event: Event) -> WriteBack:
    match event:
        case WriteBackRequested():
            others = tuple(vps for vps in state.proven if vps.vps_id != event.vps_id)
            source = (event.source_epoch, event.source_version)
            newest = ProvenVps(event.vps_id, event.vps_ip, event.vps_state, source)
            return replace(
                state,
                subscription_id=event.subscription_id,
                contact_id=event.contact_id or state.contact_id,
                proven=(*others, newest),
                requests=state.requests + 1,
                requested_at=event.requested_at,
            )
        case WriteBackDone() | WriteBackFailed():
            return replace(state, settled=max(state.settled, event.requests))
        case _:
            raise TypeError(f"{type(event).__name__} is no event of a write-back")


def due_at(state: WriteBack) -> datetime | None:
    return state.requested_at if state.settled < state.requests else None


WRITE_BACK: Decider[Command, WriteBack] = Decider(
    category=CATEGORY,
    initial=WriteBack(),
    decide=decide,
    evolve=evolve,
    due_at=due_at,
    state_type=WriteBack,
)
