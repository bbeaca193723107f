"""The ledger's verdicts: lost, doubled, wrongly destroyed, or allowed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slipway.simulators.cloud.entities import Origin, Power
from slipway.simulators.cloud.lifetimes import ServerLifetime
from slipway.simulators.ghl.records.billing_periods import BillingPeriod
from slipway.simulators.ledger import Judgement, Terms, judge, vps_label

START = datetime(2026, 11, 2, 12, tzinfo=UTC)
TERMS = Terms("demo", sla=timedelta(minutes=10), holds={"large": timedelta(hours=1)})


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def bill(
    *statuses: tuple[float, str],
    quantity: int = 1,
    plan: str | None = "small",
    live: bool = True,
) -> list[BillingPeriod]:
    """Builds billing periods from pairs of minute and status."""
    ends = [at(minute) for minute, _ in statuses[1:]]
    return [
        BillingPeriod("loc:s1", "Ada", "price", plan, quantity, status, live, at(minute), until)
        for (minute, status), until in zip(statuses, [*ends, None], strict=True)
    ]


def server(
    created: float = 1,
    *,
    ordinal: int = 1,
    off: float | None = None,
    deleted: float | None = None,
    by: Origin = Origin.API,
) -> ServerLifetime:
    power = [Power(at(created + 1), on=True, by=Origin.API)]
    power += [] if off is None else [Power(at(off), on=False, by=by)]
    gone = None if deleted is None else at(deleted)
    labels = {
        "slipway-installation": "demo",
        "slipway-vps": vps_label("demo", f"loc:s1-{ordinal}"),
    }
    return ServerLifetime(
        id=int(created * 10) + ordinal,
        project="demo",
        name="slw-x",
        labels=labels,
        created_at=at(created),
        power=tuple(power),
        delete_asked_at=gone,
        deleted_at=gone,
        deleted_by=None if gone is None else by,
    )


def verdict(billed: list[BillingPeriod], *servers: ServerLifetime, now: float = 60) -> Judgement:
    return judge(billed, servers, now=at(now), terms=TERMS)


def whys(found: Judgement) -> tuple[list[str], list[str], list[str]]:
    lost, doubled, destroyed = found.lost, found.doubled, found.wrongly_destroyed
    return [o.why for o in lost], [o.why for o in doubled], [o.why for o in destroyed]


PAYING = bill((0, "active"))
FEWER = [
    replace(bill((0, "active"), quantity=2)[0], until=at(20)),
    replace(PAYING[0], since=at(20)),
]
NEVER_RAN = replace(server(), power=())
UNLABELLED = replace(server(), labels={})
CASES = {
    "one server runs": (PAYING, [server()], ([], [], [])),
    "no server at all": (PAYING, [], (["never had a server"], [], [])),
    "never ready": (PAYING, [NEVER_RAN], (["its server never became ready"], [], [])),
    "off while paying": (
        PAYING,
        [server(off=30)],
        (["its server is off"], [], ["powered off though paying"]),
    ),
    "off by the console": (
        PAYING,
        [server(off=30, by=Origin.CONSOLE)],
        (["its server is off"], [], []),
    ),
    "deleted while paying": (
        PAYING,
        [server(deleted=30)],
        (["deleted over the API"], [], ["deleted though not ended"]),
    ),
    "deleted by the console": (
        PAYING,
        [server(deleted=30, by=Origin.CONSOLE)],
        (["deleted at the console"], [], []),
    ),
    "two at once": (PAYING, [server(1), server(5)], ([], ["two servers at once"], [])),
    "two at once, one deleted later": (
        PAYING,
        [server(1), server(5, deleted=9)],
        ([], ["two servers at once"], []),
    ),
    "two at once, one still boots": (
        PAYING,
        [replace(server(1), power=()), server(5)],
        ([], ["two servers at once"], []),
    ),
    "a second after the first was asked to go and never ran": (
        PAYING,
        [replace(NEVER_RAN, delete_asked_at=at(4), deleted_at=at(4)), server(5)],
        ([], [], []),
    ),
    "suspended when past due": (
        bill((0, "active"), (20, "past_due")),
        [server(off=30)],
        ([], [], []),
    ),
    "deleted when past due": (
        bill((0, "active"), (20, "past_due")),
        [server(deleted=30)],
        ([], [], ["deleted though not ended"]),
    ),
    "deleted after the end": (
        bill((0, "active"), (20, "canceled")),
        [server(deleted=21)],
        ([], [], []),
    ),
    "deleted while the customer changed their mind": (
        bill((0, "active"), (20, "canceled"), (21, "active")),
        [server(deleted=22), server(23)],
        ([], [], []),
    ),
    "deleted long after the customer came back": (
        bill((0, "active"), (20, "canceled"), (21, "active")),
        [server(deleted=30), server(31)],
        ([], [], ["deleted though not ended"]),
    ),
    "left behind": (
        bill((0, "active"), (20, "canceled")),
        [server()],
        ([], ["left behind after the end"], []),
    ),
    "ended a moment ago": (bill((0, "active"), (55, "canceled")), [server()], ([], [], [])),
    "kept for the plan's hold": (
        bill((0, "active"), (20, "canceled"), plan="large"),
        [server()],
        ([], [], []),
    ),
    "paying for a moment only": (bill((55, "active")), [], ([], [], [])),
    "a price that gives no VPS": (bill((0, "active"), plan=None), [], ([], [], [])),
    "two are paid, one runs": (
        bill((0, "active"), quantity=2),
        [server()],
        (["never had a server"], [], []),
    ),
    "two are paid, two run": (
        bill((0, "active"), quantity=2),
        [server(), server(ordinal=2)],
        ([], [], []),
    ),
    "the quantity went down": (FEWER, [server(), server(ordinal=2, deleted=30)], ([], [], [])),
    "one too many": (
        PAYING,
        [server(), server(ordinal=2)],
        ([], ["no subscription was billed for it"], []),
    ),
    "a stranger's server": (PAYING, [server(), UNLABELLED], ([], [], [])),
}


@pytest.mark.parametrize(("billed", "servers", "expected"), CASES.values(), ids=CASES.keys())
def test_the_ledger_returns_the_expected_verdicts(
    billed: list[BillingPeriod],
    servers: list[ServerLifetime],
    expected: tuple[list[str], list[str], list[str]],
) -> None:
    assert whys(verdict(billed, *servers)) == expected


def test_test_mode_counts_only_for_plans_that_allow_it() -> None:
    billed = bill((0, "active"), live=False)
    assert judge(billed, [], now=at(60), terms=TERMS).is_clean
    with_tests = replace(TERMS, test_plans=frozenset({"small"}))
    assert [one.vps for one in judge(billed, [], now=at(60), terms=with_tests).lost] == ["loc:s1-1"]


@given(quantity=st.integers(1, 5), held=st.sets(st.integers(1, 5)))
def test_every_ordinal_that_is_paid_and_has_no_server_is_lost_and_no_other(
    quantity: int, held: set[int]
) -> None:
    found = verdict(bill((0, "active"), quantity=quantity), *(server(ordinal=n) for n in held))
    paid = set(range(1, quantity + 1))
    assert {one.vps for one in found.lost} == {f"loc:s1-{n}" for n in paid - held}
    assert len(found.doubled) == len(held - paid)
    assert not found.wrongly_destroyed


@given(order=st.permutations([server(1), server(5), server(9), server(ordinal=2)]))
def test_the_order_of_the_servers_does_not_change_the_verdict(order: list[ServerLifetime]) -> None:
    found = verdict(bill((0, "active"), quantity=2), *order)
    assert [one.why for one in found.doubled] == ["two servers at once"] * 2


@given(ended=st.integers(5, 100), asked=st.integers(5, 100))
def test_a_deletion_is_wrong_exactly_when_it_came_before_the_end(ended: int, asked: int) -> None:
    billed = bill((0, "active"), (ended, "canceled"))
    found = verdict(billed, server(deleted=asked), now=101)
    assert bool(found.wrongly_destroyed) == (asked < ended)
