"""The view of a provider account: what its creations wait for, and whether it is throttled."""

from typing import Any

from slipway.contracts import vps
from slipway.contracts.envelope import Event, Meta, Recorded

from tests.support.builders.customer_story import Story
from tests.support.dsl.projecting import Folded

_FAULT = {"kind": "quota", "code": "forbidden", "message": "Primary IP limit exceeded"}


def _view(*events: Event) -> dict[str, Any]:
    time = Story("loc1:sub1").time
    records = [
        Recorded(
            stream="account-hetzner/main",
            version=number,
            time=time(number),
            event=event,
            meta=Meta(correlation_id="c"),
        )
        for number, event in enumerate(events, 1)
    ]
    found: dict[str, Any] = Folded().batch(records).views["safeguards"]["account/hetzner/main"]
    return found


def _paused(needs: str) -> vps.CreationsPaused:
    return vps.CreationsPaused.model_validate(
        {
            "account_id": "hetzner/main",
            "needs": needs,
            "fault": _FAULT,
            "next_probe_at": "2026-10-05T09:00:00Z",
        }
    )


def _resumed(needs: str) -> vps.CreationsResumed:
    return vps.CreationsResumed(account_id="hetzner/main", needs=needs)


def test_an_account_shows_what_its_creations_wait_for_until_they_continue() -> None:
    both = (_paused("limit"), _paused("cx22/debian-12"))
    assert [one["needs"] for one in _view(*both)["creation_pauses"]] == ["limit", "cx22/debian-12"]
    one = _view(*both, _resumed("limit"))
    assert [each["needs"] for each in one["creation_pauses"]] == ["cx22/debian-12"]
    assert _view(*both, _resumed("limit"), _resumed("cx22/debian-12"))["creation_pauses"] == []


def test_a_throttled_account_is_shown_until_the_throttle_ends() -> None:
    throttled = vps.AccountThrottled.model_validate(
        {"account_id": "hetzner/main", "check_at": "2026-10-05T09:00:00Z"}
    )
    assert _view(throttled)["throttled_since"] is not None
    ended = vps.AccountThrottleEnded(account_id="hetzner/main")
    assert _view(throttled, ended)["throttled_since"] is None
