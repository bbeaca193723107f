"""Decider of the write-back: what the contact's custom fields should say, and the receipts.

One stream per contact, for somebody may buy twice and has one field for it. The newest proof of
each VPS counts, by its version: a redelivered older one must not bring a deleted server back.
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
class Want:
    """A VPS was proven to be so, at this version of its stream."""

    subscription_id: str
    contact_id: str | None
    vps_id: str
    ip: str
    state: str
    source: tuple[int, int]
    """(epoch, version) of the Vps event."""
    at: datetime


@dataclass(frozen=True)
class Done:
    """GHL took these values, read from the state at this count of requests."""

    requests: int


@dataclass(frozen=True)
class Fail:
    requests: int
    problem: str


Command = Want | Done | Fail


@dataclass(frozen=True)
class Shown:
    vps_id: str
    ip: str
    state: str
    source: tuple[int, int]


@dataclass(frozen=True)
class WriteBack:
    subscription_id: str = ""
    contact_id: str | None = None
    shown: tuple[Shown, ...] = ()
    requests: int = 0
    """Counts what was wanted; a receipt for an older count leaves the newer wish due."""
    settled: int = 0
    requested_at: datetime | None = None


def values(state: WriteBack) -> tuple[str, str]:
    """`vps_ip` and `vps_state` of the contact; several VPSs stand side by side, in their order.

    What is gone is left out while another stands: a buyer who came back has a server.
    """
    ordered = sorted(state.shown, key=lambda vps: (len(vps.vps_id), vps.vps_id))
    standing = [vps for vps in ordered if vps.state != GONE] or ordered
    ips = [vps.ip for vps in standing if vps.ip]
    states = [vps.state for vps in standing]
    return ", ".join(ips), states[0] if len(set(states)) == 1 else ", ".join(states)


def decide(command: Command, state: WriteBack) -> Sequence[Event]:
    match command:
        case Want():
            return _want(command, state)
        case Done(requests):
            if requests <= state.settled:
                return []
            ip, shown = values(state)
            return [
                WriteBackDone(**target, vps_ip=ip, vps_state=shown, requests=requests)
                for target in _targets(state)
            ]
        case Fail(requests, problem):
            if requests <= state.settled:
                return []
            return [
                WriteBackFailed(**target, problem=problem, requests=requests)
                for target in _targets(state)
            ]
        case _:
            assert_never(command)


def _want(command: Want, state: WriteBack) -> list[Event]:
    known = next((vps for vps in state.shown if vps.vps_id == command.vps_id), None)
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
    """One per subscription, with its newest VPS: each subscription has its own incident."""
    newest = {subscription_of(vps.vps_id): vps.vps_id for vps in state.shown}
    for subscription, vps in newest.items():
        yield {"subscription_id": subscription, "contact_id": state.contact_id, "vps_id": vps}


def evolve(state: WriteBack, event: Event) -> WriteBack:
    match event:
        case WriteBackRequested():
            others = tuple(vps for vps in state.shown if vps.vps_id != event.vps_id)
            source = (event.source_epoch, event.source_version)
            newest = Shown(event.vps_id, event.vps_ip, event.vps_state, source)
            return replace(
                state,
                subscription_id=event.subscription_id,
                contact_id=event.contact_id or state.contact_id,
                shown=(*others, newest),
                requests=state.requests + 1,
                requested_at=event.requested_at,
            )
        case WriteBackDone() | WriteBackFailed():
            return replace(state, settled=max(state.settled, event.requests))
        case _:
            raise TypeError(f"{type(event).__name__} is no event of a write-back")


def due_at(state: WriteBack) -> datetime | None:
    return state.requested_at if is_open(state) else None


def is_open(state: WriteBack) -> bool:
    return state.settled < state.requests


WRITE_BACK: Decider[Command, WriteBack] = Decider(
    category=CATEGORY,
    initial=WriteBack(),
    decide=decide,
    evolve=evolve,
    due_at=due_at,
    has_open_work=is_open,
    state_type=WriteBack,
)
