"""Commands of an expectation stream. `handler` sends them, and `decider` decides on them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from slipway.contracts.subscriptions import Entitlement
from slipway.contracts.vps import Desired, SourceVersion


@dataclass(frozen=True)
class Expect:
    """An entitlement for this VPS has arrived. It may require a change."""

    vps_id: str
    entitlement: Entitlement
    source: SourceVersion
    overdue_after: timedelta


@dataclass(frozen=True)
class Prove:
    """The provisioner confirmed a state of the server by a read at the provider."""

    vps_id: str
    proven: Desired
    source: SourceVersion | None
    """Source version, that is, the version of the entitlement that was applied last."""


@dataclass(frozen=True)
class HoldBack:
    """An admin's decision blocks the change, so the change can't become overdue."""


@dataclass(frozen=True)
class EndHoldBack:
    """Nothing blocks the change any longer, so its time limit starts again now."""

    now: datetime
    overdue_after: timedelta


@dataclass(frozen=True)
class CheckOverdue:
    """The expectation is due. It is reported as missed if it is not met."""

    now: datetime


Command = Expect | Prove | HoldBack | EndHoldBack | CheckOverdue
