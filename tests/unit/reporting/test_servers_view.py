"""The view of one VPS in the list of servers."""

from typing import Any

import pytest
from slipway.contracts import vps

from tests.support.builders.customer_story import Story
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
