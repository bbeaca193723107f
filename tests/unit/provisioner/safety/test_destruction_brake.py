"""The brake: permits within a window, then a latch that only an admin resets (H17)."""

from datetime import UTC, datetime, timedelta

import pytest
from slipway.contracts.commands import ResetBrake
from slipway.contracts.vps import BrakeEngaged, OperationKind, PermitGranted
from slipway.provisioner.safety.destruction_brake import BRAKE, Limits, TakePermit

from tests.support.dsl.deciding import Given, given

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
LIMITS = Limits(floor=2, share=0.2, window=timedelta(hours=1))


def take(operation: str, *, at: float = 0, fleet: int = 0, limits: Limits = LIMITS) -> TakePermit:
    now = NOON + timedelta(seconds=at)
    return TakePermit("vps", operation, OperationKind.DELETE, now, fleet, limits)


def reset(id_: str = "mine") -> ResetBrake:
    return ResetBrake(command_id=id_, issued_at=NOON, actor="user:ada", reason="looked at it")


def engaged() -> Given:
    return given(BRAKE).after([take("a"), take("b"), take("c")])


@pytest.mark.parametrize(("fleet", "allowed"), [(0, 2), (9, 2), (10, 2), (15, 3), (1000, 200)])
def test_the_limit_is_the_floor_or_the_share_of_the_fleet(fleet: int, allowed: int) -> None:
    assert LIMITS.allowed(fleet) == allowed


def test_permits_are_granted_up_to_the_limit_and_then_the_brake_engages() -> None:
    given(BRAKE).after([take("a")]).when(take("b")).then_types(PermitGranted)
    given(BRAKE).after([take("a"), take("b")]).when(take("c")).then_types(BrakeEngaged)


def test_an_operation_takes_one_permit_however_often_it_asks() -> None:
    given(BRAKE).after([take("a")]).when(take("a")).then_nothing()


def test_permits_count_for_the_window() -> None:
    before = given(BRAKE).after([take("a"), take("b")])
    before.when(take("c", at=3599)).then_types(BrakeEngaged)
    before.when(take("c", at=3601)).then_types(PermitGranted)


def test_the_brake_stays_engaged_and_reports_it_once() -> None:
    engaged().when(take("d", at=99_999)).then_nothing()


def test_a_permit_granted_before_the_brake_engaged_remains_but_admits_nothing() -> None:
    decided = engaged().when(take("a"))
    decided.then_nothing().and_state(lambda brake: brake.has_permit("a") and brake.engaged)


def test_an_admin_resets_the_brake_once_and_the_window_restarts() -> None:
    after = engaged().after([reset()])
    after.when(reset()).then_nothing()
    after.after([take("d")]).when(take("e")).then_types(PermitGranted)


def test_a_brake_that_is_not_engaged_cannot_be_reset() -> None:
    (refused,) = given(BRAKE).when(reset()).events
    assert "not on" in refused.model_dump()["reason"]
    given(BRAKE).after([reset()]).when(reset()).then_nothing()


def test_expired_permits_are_forgotten() -> None:
    takes = [take(f"op{number}", at=number * 3600) for number in range(50)]
    state = BRAKE.fold(given(BRAKE).after(takes).events)
    assert len(state.permits) <= 2
