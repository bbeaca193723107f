"""An account: proven by its own sentinel (H5), paused once by a fault (H31)."""

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
from slipway.provisioner.accounts.decider import ACCOUNT, PauseAccount, RecordProbe, RequestSentinel

from tests.support.dsl.deciding import Given, given
from tests.support.dsl.vps_history import fault

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
ACCOUNT_ID = "hetzner/main"
DOWN = fault(FaultKind.TRANSIENT, FaultScope.ACCOUNT)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def order() -> RequestSentinel:
    return RequestSentinel(ACCOUNT_ID, "the-key", NOON)


def fine(seconds: float = 0) -> RecordProbe:
    return RecordProbe(ACCOUNT_ID, None, sentinel_found=True, now=at(seconds))


def strange(seconds: float = 0) -> RecordProbe:
    return RecordProbe(ACCOUNT_ID, None, sentinel_found=False, now=at(seconds))


def broken(seconds: float = 0) -> RecordProbe:
    return RecordProbe(ACCOUNT_ID, DOWN, sentinel_found=False, now=at(seconds))


def pause(seconds: float = 0) -> PauseAccount:
    return PauseAccount(ACCOUNT_ID, DOWN, at(seconds))


def proven() -> Given:
    return given(ACCOUNT).after([order(), fine()])


def opens(before: Given) -> bool:
    return bool(ACCOUNT.fold(before.events).is_usable)


def test_an_account_that_is_not_proven_is_not_usable() -> None:
    assert not opens(given(ACCOUNT))
    assert not opens(given(ACCOUNT).after([order()]))
    assert opens(proven())


def test_the_sentinel_is_requested_once_and_due_at_once() -> None:
    given(ACCOUNT).when(order()).then_types(SentinelRequested).and_state(
        lambda scope: ACCOUNT.due_at(scope) == NOON
    )
    proven().when(order()).then_nothing()


def test_a_fault_pauses_the_account_once() -> None:
    proven().when(pause()).then_types(AccountPaused)
    proven().after([pause()]).when(pause(1)).then_nothing()
    assert not opens(proven().after([pause()]))


def test_the_pause_between_probes_grows_to_half_a_minute() -> None:
    before, waits, now = proven().after([pause()]), [], 0.0
    for _ in range(6):
        due = ACCOUNT.due_at(ACCOUNT.fold(before.events))
        assert due is not None
        waits.append((due - at(now)).total_seconds())
        now = (due - NOON).total_seconds()
        before.when(broken(now)).then_types(AccountProbed)
        before = before.after([broken(now)])
    assert waits == [2, 2, 4, 8, 16, 30]


def test_a_successful_probe_resumes_the_account() -> None:
    after = proven().after([pause(), broken(2)])
    after.when(fine(4)).then_types(AccountResumed)
    assert opens(after.after([fine(4)]))
    assert ACCOUNT.due_at(ACCOUNT.fold(after.after([fine(4)]).events)) is None


def test_a_missing_sentinel_makes_the_account_unusable() -> None:
    proven().when(strange()).then_types(AccountProofFailed)
    doubted = proven().after([strange()])
    assert not opens(doubted)
    doubted.when(fine(30)).then_types(AccountProven)
    assert opens(doubted.after([fine(30)]))


def test_many_polls_that_miss_the_sentinel_at_once_record_it_once() -> None:
    doubted = proven().after([strange()])
    doubted.when(strange(1)).then_nothing()
    doubted.when(strange(31)).then_types(AccountProofFailed)


def test_a_paused_account_is_not_resumed_by_another_accounts_answer() -> None:
    after = proven().after([pause(), strange(2)])
    assert not opens(after)
    after.when(fine(33)).then_types(AccountProven, AccountResumed)


def test_open_work_always_has_a_due_time() -> None:
    for commands in ([order()], [order(), pause()], [order(), fine(), strange()]):
        state = ACCOUNT.fold(given(ACCOUNT).after(commands).events)
        assert ACCOUNT.is_open(state) == (ACCOUNT.due_at(state) is not None)
