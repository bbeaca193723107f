"""No window ever sees more than the limit, and the patient leave room."""

from hypothesis import given
from hypothesis import strategies as st
from slipway.ingest.ghl.rate_limit import Budget


class Now:
    at = 0.0

    def __call__(self) -> float:
        return self.at


@given(st.lists(st.floats(0, 3), max_size=80))
def test_no_ten_seconds_see_more_than_the_limit(gaps: list[float]) -> None:
    now = Now()
    budget = Budget(7, 10, now)
    taken = []
    for gap in gaps:
        now.at += gap
        if budget.take() == 0:
            taken.append(now.at)
    for start in taken:
        assert sum(start <= at < start + 10 for at in taken) <= 7


def test_after_the_wait_it_says_there_is_room() -> None:
    now = Now()
    budget = Budget(3, 10, now)
    assert [budget.take() for _ in range(3)] == [0, 0, 0]
    wait = budget.take()
    assert wait > 0
    now.at += wait
    assert budget.take() == 0


def test_the_patient_leave_a_reserve() -> None:
    budget = Budget(10, 10, Now())
    assert [budget.take(patient=True) > 0 for _ in range(7)] == [*[False] * 6, True]
    assert budget.take() == 0


def test_when_ghl_says_no_nobody_asks_for_a_while() -> None:
    now = Now()
    budget = Budget(10, 10, now)
    budget.close(2)
    assert budget.take() == 2
    now.at = 2
    assert budget.take() == 0
