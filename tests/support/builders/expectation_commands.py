"""Builders of entitlements and of the commands for one VPS's expectation."""

from datetime import UTC, datetime, timedelta

from slipway.contracts.subscriptions import Entitlement, RecordFields, Verdict
from slipway.contracts.vps import Desired, SourceVersion
from slipway.notifier.expectations import decider as expectation
from slipway.notifier.expectations.commands import (
    CheckOverdue,
    Command,
    EndHoldBack,
    Expect,
    HoldBack,
    Prove,
)

from tests.support.dsl.deciding import Given, given

START = datetime(2026, 10, 5, 9, 15, tzinfo=UTC)
OVERDUE_AFTER = timedelta(minutes=2)
VPS = "loc:ada-1"


def minutes(number: float) -> datetime:
    return START + timedelta(minutes=number)


def entitlement(verdict: Verdict, **more: object) -> Entitlement:
    fields: dict[str, object] = {
        "subscription_id": "loc:ada",
        "location_id": "loc",
        "contact_id": "contact-ada",
        "plan": "small",
        "quantity": 1,
        "reason": "as the story goes",
        "decided_at": START,
        "record": RecordFields(status="active"),
    }
    return Entitlement(verdict=verdict, **(fields | more))


def source(version: int) -> SourceVersion:
    return SourceVersion(epoch=0, version=version)


def expect(verdict: Verdict, version: int = 1, **more: object) -> Expect:
    return Expect(VPS, entitlement(verdict, **more), source(version), OVERDUE_AFTER)


def prove(proven: Desired, version: int = 1) -> Prove:
    return Prove(VPS, proven, source(version))


def after(*commands: Command) -> Given:
    """Returns the stream after these commands."""
    return given(expectation.DECIDER).after(commands)


HOLD_BACK = HoldBack()


def end_hold_back(at: datetime) -> EndHoldBack:
    return EndHoldBack(at, OVERDUE_AFTER)


def check(at: datetime) -> CheckOverdue:
    return CheckOverdue(at)
