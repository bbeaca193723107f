"""No window exceeds the limit, and low-priority requests leave a reserve."""

from hypothesis import given
from hypothesis import strategies as st
from slipway.ingest.ghl.rate_limit import RateLimiter


class Now:
    at = 0.0

    def __call__(self) -> float:
        return self.at


@given(st.lists(st.floats(0, 3), max_size=80))
def test_no_window_of_ten_seconds_exceeds_the_limit(gaps: list[float]) -> None:
    now = Now()
    rate_limiter = RateLimiter(7, 10, now)
    taken = []
    for gap in gaps:
        now.at += gap
        if rate_limiter.acquire() == 0:
            taken.append(now.at)
    for start in taken:
        assert sum(start <= at < start + 10 for at in taken) <= 7


def test_after_the_returned_wait_a_request_is_allowed() -> None:
    now = Now()
    rate_limiter = RateLimiter(3, 10, now)
    assert [rate_limiter.acquire() for _ in range(3)] == [0, 0, 0]
    wait = rate_limiter.acquire()
    assert wait > 0
    now.at += wait
    assert rate_limiter.acquire() == 0


def test_low_priority_requests_leave_a_reserve() -> None:
    rate_limiter = RateLimiter(10, 10, Now())
    assert [rate_limiter.acquire(low_priority=True) > 0 for _ in range(7)] == [*[False] * 6, True]
    assert rate_limiter.acquire() == 0


def test_after_a_429_no_request_is_allowed_for_a_while() -> None:
    now = Now()
    rate_limiter = RateLimiter(10, 10, now)
    rate_limiter.block(2)
    assert rate_limiter.acquire() == 2
    now.at = 2
    assert rate_limiter.acquire() == 0
