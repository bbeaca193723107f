"""The write-back's decider: each VPS's newest state counts, and results match requests."""

from slipway.contracts.subscriptions import WriteBackDone, WriteBackFailed, WriteBackRequested
from slipway.ingest.write_back.decider import (
    WRITE_BACK,
    ReportFailed,
    ReportWritten,
    RequestWriteBack,
    field_values,
)

from tests.support.builders.ghl_records import NOW
from tests.support.dsl.deciding import given

SUBSCRIPTION = "loc1:s1"


def request(state: str, version: int, ordinal: int = 1, ip: str = "192.0.2.1") -> RequestWriteBack:
    return RequestWriteBack(
        subscription_id=SUBSCRIPTION,
        contact_id="c1",
        vps_id=f"{SUBSCRIPTION}-{ordinal}",
        ip=ip,
        state=state,
        source=(0, version),
        at=NOW,
    )


def test_a_write_back_is_due_until_ghl_accepts_it() -> None:
    decided = given(WRITE_BACK).when(request("ready", 5)).then_types(WriteBackRequested)
    assert WRITE_BACK.due_at(decided.state) == NOW
    done = given(WRITE_BACK, *decided.events).when(ReportWritten(1)).then_types(WriteBackDone)
    assert WRITE_BACK.due_at(done.state) is None
    given(WRITE_BACK, *decided.events, *done.events).when(ReportWritten(1)).then_nothing()


def test_a_redelivered_older_event_does_not_bring_an_address_back() -> None:
    start = given(WRITE_BACK).after([request("ready", 5), request("gone", 9, ip="")])
    start.when(request("ready", 5)).then_nothing()
    start.when(request("gone", 9, ip="")).then_nothing()
    assert field_values(WRITE_BACK.fold(start.events)) == ("", "gone")


def test_a_result_for_an_older_request_leaves_the_newer_one_due() -> None:
    start = given(WRITE_BACK).after([request("ready", 5), request("suspended", 7)])
    decided = start.when(ReportWritten(1)).then_types(WriteBackDone)
    assert WRITE_BACK.is_open(decided.state)


def test_several_vpss_are_shown_in_order() -> None:
    requests = [request("ready", 3, n, f"192.0.2.{n}") for n in (10, 2, 1)]
    state = WRITE_BACK.fold(given(WRITE_BACK).after(requests).events)
    assert field_values(state) == ("192.0.2.1, 192.0.2.2, 192.0.2.10", "ready")
    state = WRITE_BACK.fold(given(WRITE_BACK).after([*requests, request("gone", 4, 2, "")]).events)
    assert field_values(state) == ("192.0.2.1, 192.0.2.10", "ready")
    state = WRITE_BACK.fold(given(WRITE_BACK).after([*requests, request("suspended", 4, 2)]).events)
    assert field_values(state)[1] == "ready, suspended, ready"


def test_a_refused_write_back_is_reported_and_not_retried() -> None:
    start = given(WRITE_BACK).after([request("ready", 5)])
    decided = start.when(ReportFailed(1, "no such contact")).then_types(WriteBackFailed)
    assert not WRITE_BACK.is_open(decided.state)
