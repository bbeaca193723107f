"""An account: proven by its own key (H5), paused once by one fault for all (H31)."""

from datetime import UTC, datetime, timedelta

from slipway.contracts.vps import (
    AccountPaused,
    AccountProbed,
    AccountProofFailed,
    AccountProven,
    AccountResumed,
    FaultKind,
    FaultScope,
    SentinelRequested,
)
from slipway.provisioner.accounts.decider import SCOPE, OrderSentinel, Pause, Probed

from tests.support.dsl.deciding import Given, given
from tests.support.dsl.vps_history import fault

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
ACCOUNT = "hetzner/main"
DOWN = fault(FaultKind.TRANSIENT, FaultScope.ACCOUNT)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def order() -> OrderSentinel:
    return OrderSentinel(ACCOUNT, "the-key", NOON)


def fine(seconds: float = 0) -> Probed:
    return Probed(ACCOUNT, None, sentinel_there=True, now=at(seconds))


def strange(seconds: float = 0) -> Probed:
    return Probed(ACCOUNT, None, sentinel_there=False, now=at(seconds))


def broken(seconds: float = 0) -> Probed:
    return Probed(ACCOUNT, DOWN, sentinel_there=False, now=at(seconds))


def pause(seconds: float = 0) -> Pause:
    return Pause(ACCOUNT, DOWN, at(seconds))


def proven() -> Given:
    return given(SCOPE).after([order(), fine()])


def opens(before: Given) -> bool:
    return bool(SCOPE.fold(before.events).open_for_work)


def test_before_it_is_proven_nothing_goes_out() -> None:
    assert not opens(given(SCOPE))
    assert not opens(given(SCOPE).after([order()]))
    assert opens(proven())


def test_the_key_is_ordered_once_and_due_at_once() -> None:
    given(SCOPE).when(order()).then_types(SentinelRequested).and_state(
        lambda scope: SCOPE.due_at(scope) == NOON
    )
    proven().when(order()).then_nothing()


def test_a_fault_pauses_it_once() -> None:
    proven().when(pause()).then_types(AccountPaused)
    proven().after([pause()]).when(pause(1)).then_nothing()
    assert not opens(proven().after([pause()]))


def test_probes_come_ever_later_up_to_half_a_minute() -> None:
    before, waits, now = proven().after([pause()]), [], 0.0
    for _ in range(6):
        due = SCOPE.due_at(SCOPE.fold(before.events))
        assert due is not None
        waits.append((due - at(now)).total_seconds())
        now = (due - NOON).total_seconds()
        before.when(broken(now)).then_types(AccountProbed)
        before = before.after([broken(now)])
    assert waits == [2, 2, 4, 8, 16, 30]


def test_a_good_probe_resumes_it() -> None:
    after = proven().after([pause(), broken(2)])
    after.when(fine(4)).then_types(AccountResumed)
    assert opens(after.after([fine(4)]))
    assert SCOPE.due_at(SCOPE.fold(after.after([fine(4)]).events)) is None


def test_another_account_behind_the_token_stops_everything() -> None:
    proven().when(strange()).then_types(AccountProofFailed)
    doubted = proven().after([strange()])
    assert not opens(doubted)
    doubted.when(fine(30)).then_types(AccountProven)
    assert opens(doubted.after([fine(30)]))


def test_many_looks_that_doubt_at_once_say_so_once() -> None:
    doubted = proven().after([strange()])
    doubted.when(strange(1)).then_nothing()
    doubted.when(strange(31)).then_types(AccountProofFailed)


def test_a_paused_account_is_not_resumed_by_anothers_answer() -> None:
    after = proven().after([pause(), strange(2)])
    assert not opens(after)
    after.when(fine(33)).then_types(AccountProven, AccountResumed)


def test_open_work_always_has_a_due_time() -> None:
    for commands in ([order()], [order(), pause()], [order(), fine(), strange()]):
        state = SCOPE.fold(given(SCOPE).after(commands).events)
        assert SCOPE.is_open(state) == (SCOPE.due_at(state) is not None)
