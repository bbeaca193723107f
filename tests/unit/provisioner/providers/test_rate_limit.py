"""The token bucket follows the provider's answers, and a step takes its tokens before it starts."""

import pytest
from slipway.provisioner.providers.rate_limit import TokenBucket


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def budget() -> tuple[TokenBucket, Clock]:
    clock = Clock()
    return TokenBucket(clock), clock


def headers(remaining: object, limit: object = 3600, **more: str) -> dict[str, str]:
    return {"RateLimit-Remaining": str(remaining), "RateLimit-Limit": str(limit), **more}


def test_an_unknown_limit_holds_nothing_back() -> None:
    assert budget()[0].acquire(urgent=False) == 0


def test_each_step_takes_its_tokens_before_the_next_answer() -> None:
    held, _ = budget()
    held.report(headers(10))
    assert [held.acquire(urgent=False) for _ in range(3)] == [0, 0, 0]
    assert held.acquire(urgent=False) > 0


def test_a_reserve_is_kept_for_polls() -> None:
    held, _ = budget()
    held.report(headers(4))
    assert held.acquire(urgent=False) == 2
    assert held.acquire(urgent=True) == 0


def test_the_bucket_refills_at_the_rate_of_the_limit() -> None:
    held, clock = budget()
    held.report(headers(0, 7200))
    wait = held.acquire(urgent=False)
    assert wait == 3
    clock.now += wait
    assert held.acquire(urgent=False) == 0


@pytest.mark.parametrize(
    "reset",
    ["-1", "0", "17", "99999999999999", "soon", ""],
    ids=["negative", "zero", "long past", "far", "a word", "empty"],
)
def test_no_step_waits_until_the_bucket_is_full(reset: str) -> None:
    held, _ = budget()
    held.report(headers(0, **{"RateLimit-Reset": reset}))
    held.empty(None)
    assert 0 < held.acquire(urgent=False) <= 6


@pytest.mark.parametrize("remaining", ["", "-5", "many", "1.5", "٣"])
def test_headers_that_are_no_numbers_are_ignored(remaining: str) -> None:
    held, _ = budget()
    held.report(headers(remaining))
    assert held.acquire(urgent=False) == 0


@pytest.mark.parametrize("limit", ["0", "-3600", "x"])
def test_a_missing_limit_keeps_the_rate(limit: str) -> None:
    held, _ = budget()
    held.report(headers(0, limit))
    assert held.acquire(urgent=False) == 6


def test_a_429_stops_all_steps_for_as_long_as_it_says() -> None:
    held, clock = budget()
    held.empty(None)
    assert held.acquire(urgent=True) > 0
    held.empty(60)
    held.report(headers(3600))
    assert held.acquire(urgent=True) == 60
    clock.now += 60
    assert held.acquire(urgent=False) == 0
