"""Commands of an expectation stream. `handler` sends them, `decider` decides on them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from slipway.contracts.subscriptions import Entitlement
from slipway.contracts.vps import Desired, SourceVersion


@dataclass(frozen=True)
class Expect:
    """An entitlement for this VPS arrived; it may require a change."""

    vps_id: str
    entitlement: Entitlement
    source: SourceVersion
    overdue_after: timedelta


@dataclass(frozen=True)
class Prove:
    """The provisioner proved a state of the server."""

    vps_id: str
    proven: Desired
    source: SourceVersion | None
    """The newest entitlement that the provisioner had applied."""


@dataclass(frozen=True)
class HoldBack:
    """An admin's decision blocks the change, so it can't become overdue."""


@dataclass(frozen=True)
class EndHoldBack:
    """Nothing blocks the change any longer: the time limit starts again now."""

    now: datetime
    overdue_after: timedelta


@dataclass(frozen=True)
class CheckOverdue:
    """The expectation fell due: report it as missed if it is not met."""

    now: datetime


Command = Expect | Prove | HoldBack | EndHoldBack | CheckOverdue
