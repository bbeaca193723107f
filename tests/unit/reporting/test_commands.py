"""Commands of operators: role, fields and status."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from slipway.contracts.commands import DeleteVps, RetryOperation
from slipway.reporting.access import Principal, Role
from slipway.reporting.commands.catalog import (
    CATALOG,
    CommandKind,
    Malformed,
    NotAllowed,
    build_command,
    recorded,
)
from slipway.reporting.commands.status import status_of
from slipway.reporting.okrs import OkrsUnreadable, parse
from slipway.reporting.portal.sparkline import sparkline
from slipway.reporting.portal.texts.events import event_name
from slipway.reporting.portal.texts.formatting import duration
from slipway.reporting.projections.views.timeline import trace_id

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ADA = Principal("ada@example.com", Role.ADMIN)
OLE = Principal("ole@example.com", Role.OPERATOR)
VIC = Principal("vic@example.com", Role.VIEWER)


def _build_command(kind: str, principal: Principal = ADA, **fields: Any) -> Any:
    return build_command(kind, fields, command_id="k1", principal=principal, now=NOW)


def test_a_retry_carries_the_actor_the_reason_and_the_seen_version() -> None:
    command = _build_command(
        "retry", OLE, vps_id="l:s-1", reason=" limit raised ", seen_version="7"
    )
    assert command == RetryOperation(
        command_id="k1",
        issued_at=NOW,
        actor="user:ole@example.com",
        reason="limit raised",
        seen_version=7,
        vps_id="l:s-1",
    )


def test_a_command_has_a_stream_of_its_own_named_by_its_id() -> None:
    command = _build_command("retry", vps_id="l:s-1")
    sent = recorded(command, None)
    assert (sent.stream, sent.version, sent.meta.actor) == ("command-k1", 1, "user:ada@example.com")


@pytest.mark.parametrize("kind", CATALOG)
def test_a_viewer_may_send_no_command(kind: str) -> None:
    with pytest.raises(NotAllowed):
        _build_command(kind, VIC)


@pytest.mark.parametrize(
    "kind", ["delete", "location-mode", "reset-brake", "release", "skip", "adopt", "ignore"]
)
def test_a_dangerous_command_needs_an_admin_and_a_reason(kind: str) -> None:
    with pytest.raises(NotAllowed, match="admin"):
        _build_command(kind, OLE, vps_id="l:s-1", reason="because")
    with pytest.raises(Malformed, match="reason"):
        _build_command(kind, ADA, vps_id="l:s-1")


def test_an_empty_name_does_not_override_the_confirmation() -> None:
    command = _build_command("delete", vps_id="l:s-1", reason="asked for", override_name="")
    assert isinstance(command, DeleteVps)
    assert command.override_name is None


@pytest.mark.parametrize(
    ("kind", "fields"),
    [("retry", {}), ("explode", {"vps_id": "x"}), ("location-mode", {"reason": "r"})],
)
def test_the_error_names_a_missing_field_or_an_unknown_kind(kind: str, fields: Any) -> None:
    with pytest.raises(Malformed, match=r"vps_id|explode|location_id"):
        _build_command(kind, **fields)


def test_a_command_id_that_looks_like_an_event_id_is_refused() -> None:
    with pytest.raises(Malformed, match="slash"):
        build_command("retry", {"vps_id": "x"}, command_id="0/vps-x/1", principal=ADA, now=NOW)


_RETRY = {"type": RetryOperation.TYPE}


@pytest.mark.parametrize(
    ("command", "target", "after", "state"),
    [
        pytest.param(None, None, 1, "sent", id="sent"),
        pytest.param(None, None, 6, "no response", id="no response for five seconds"),
        pytest.param({**_RETRY, "accepted_at": NOW}, None, 9, "accepted", id="not proven yet"),
        pytest.param(
            {**_RETRY, "accepted_at": NOW},
            {"proven_at": NOW - timedelta(days=1)},
            9,
            "accepted",
            id="an older proof does not count",
        ),
        pytest.param(
            {**_RETRY, "accepted_at": NOW},
            {"proven_at": NOW + timedelta(seconds=2)},
            9,
            "done",
            id="proven",
        ),
        pytest.param(
            {**_RETRY, "accepted_at": NOW},
            {"attention": {"since": NOW + timedelta(seconds=3), "message": "no room"}},
            9,
            "failed",
            id="parked again",
        ),
        pytest.param(
            {**_RETRY, "accepted_at": NOW},
            {"attention": {"since": NOW - timedelta(days=1), "message": "no room"}},
            9,
            "accepted",
            id="an older problem does not count",
        ),
        pytest.param(
            {"type": CATALOG[CommandKind.REDRIVE][0].TYPE, "accepted_at": NOW},
            {"proven_at": NOW + timedelta(seconds=1)},
            9,
            "done",
            id="the record was processed",
        ),
        pytest.param(
            {"type": CATALOG[CommandKind.HOLD][0].TYPE, "accepted_at": NOW},
            None,
            2,
            "done",
            id="a hold is done at once",
        ),
        pytest.param(
            {**_RETRY, "accepted_at": NOW, "refused_at": NOW, "refusal": "changed"},
            None,
            2,
            "refused",
            id="refused",
        ),
    ],
)
def test_the_status_of_a_command(command: Any, target: Any, after: int, state: str) -> None:
    now = NOW + timedelta(seconds=after)
    assert status_of(command, target, issued_at=NOW, now=now).state == state


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("targets: {uptme: {operator: '>=', target: 1}}", "uptme"),
        ("targets: {uptime: {operator: '=>', target: 1}}", "operator"),
        ("targets: [", "not YAML"),
        ("{}", "targets"),
    ],
)
def test_invalid_okrs_name_the_place_of_the_error(text: str, says: str) -> None:
    with pytest.raises(OkrsUnreadable, match=says):
        parse(text)


def test_event_names_durations_and_trace_ids() -> None:
    assert event_name("slipway.vps.operation-parked.v1") == "Operation parked"
    assert event_name("slipway.vps.ready.v1") == "VPS ready"
    assert event_name("slipway.deliveries.applied.v1") == "Delivery applied"
    assert [duration(s) for s in (None, 0.25, 7, 62, 600, 8000)] == [
        "\N{EN DASH}",
        "250 ms",
        "7.0 s",
        "62 s",
        "10 min",
        "2.2 h",
    ]
    assert trace_id("00-4bf92f-00f067-01") == "4bf92f"
    assert trace_id(None) is None


def test_a_trend_has_a_gap_where_nothing_was_measured() -> None:
    trend = sparkline([None, 1.0, 2.0, None, 3.0], None)
    assert trend is not None
    assert len(trend.lines) == 1
    assert (trend.first, trend.low, trend.high, trend.newest) == (1, 1.0, 3.0, 3.0)
    assert sparkline([None, None], 0.9) is None
