"""The view of one VPS in the list of servers."""

from typing import Any

import pytest
from slipway.contracts import vps

from tests.support.builders.customer_story import Story, refused_deletion
from tests.support.dsl.projecting import Folded

_BY: dict[str, Any] = {"command_id": "k1", "actor": "user:ada@example.com", "reason": "because"}


def _wanted() -> Story:
    story = Story("loc1:sub1")
    story.entitled("running", 0)
    story.wanted("running", 1)
    return story


def _view(story: Story) -> dict[str, Any]:
    found: dict[str, Any] = Folded().batch(story.records).views["servers"]["loc1:sub1-1"]
    return found


@pytest.mark.parametrize("why", ["brake", "account-paused", "creations-paused"])
def test_a_server_shows_a_withheld_reason_only_until_it_ends(why: str) -> None:
    story = _wanted()
    story.on_vps(vps.OperationWithheld, 2, kind="create", reason=why)
    assert _view(story)["withheld_reason"] == why
    story.on_vps(vps.WithholdingEnded, 9, reason=why)
    assert _view(story)["withheld_reason"] is None


def test_a_planned_operation_disappears_once_the_location_acts() -> None:
    story = _wanted()
    story.on_vps(vps.OperationWithheld, 2, kind="create", reason="observe")
    assert _view(story)["would_run"] == "create"
    story.on_vps(vps.WithholdingEnded, 9, reason="observe")
    assert _view(story)["would_run"] is None


def test_a_released_hold_ends_the_waiting() -> None:
    story = _wanted()
    story.on_vps(vps.VpsHeld, 2, **_BY)
    story.on_vps(vps.OperationWithheld, 3, kind="create", reason="brake")
    story.on_vps(vps.VpsHoldReleased, 9, **_BY)
    view = _view(story)
    assert (view["held"], view["withheld_reason"]) == (None, None)


def test_a_server_is_found_by_ghls_own_id() -> None:
    assert _view(_wanted())["ghl_id"] == "sub1"


@pytest.mark.parametrize(
    ("drift", "status"),
    [
        ("missing", "missing"),
        ("powered-off", "switched-off"),
        ("labels-changed", "running"),
        ("duplicate", "running"),
    ],
)
def test_a_server_that_was_changed_at_the_provider_shows_what_it_is_now(
    drift: str, status: str
) -> None:
    story = Story().bought()
    story.on_vps(vps.VpsDrifted, 100, drift=drift)
    view = _view(story)
    assert (view["status"], view["drift"]) == (status, drift)
    story.on_vps(vps.VpsDriftEnded, 200, drift=drift)
    ended = _view(story)
    assert (ended["status"], ended["drift"], ended["attention"]) == ("running", None, None)


def test_a_suspended_server_that_was_switched_on_is_not_shown_as_suspended() -> None:
    story = Story().bought()
    story.suspended(90)
    story.on_vps(vps.VpsDrifted, 100, drift="powered-on")
    assert _view(story)["status"] == "switched-on"


def test_the_worst_of_several_changes_is_shown_until_it_ends() -> None:
    story = Story().bought()
    story.on_vps(vps.VpsDrifted, 100, drift="powered-off")
    story.on_vps(vps.VpsDrifted, 110, drift="missing")
    assert _view(story)["status"] == "missing"
    story.on_vps(vps.VpsDriftEnded, 120, drift="missing")
    view = _view(story)
    assert (view["status"], view["drift"]) == ("switched-off", "powered-off")
    assert view["attention"]["message"] == "The server was switched off at the provider"


def test_a_switched_on_server_is_running_again() -> None:
    story = Story().bought()
    story.on_vps(vps.VpsDrifted, 100, drift="powered-off")
    story.on_vps(vps.SwitchOnRequested, 110, **_BY)
    story.started("resume", 111, "op3")
    assert _view(story)["status"] == "resuming"
    story.resumed(120)
    story.on_vps(vps.VpsDriftEnded, 120, drift="powered-off")
    view = _view(story)
    assert (view["status"], view["attention"]) == ("running", None)


def test_a_deletion_that_ghl_refused_leaves_the_status_that_was_proven() -> None:
    story = refused_deletion()
    assert _view(story)["status"] == "running"
