"""Manual changes count as manual, and all others as automatic."""

from typing import Any

import pytest
from slipway.contracts import vps

from tests.support.builders.customer_story import Story
from tests.support.dsl.projecting import Folded

_BY: dict[str, Any] = {"command_id": "k1", "actor": "user:ada@example.com", "reason": "because"}


def _bought() -> Story:
    return Story().bought()


def test_a_deletion_by_an_admin_is_manual_and_the_creation_before_it_stays_automatic() -> None:
    story = _bought()
    story.on_vps(vps.DeletionRequested, 500, **_BY, overridden=True)
    story.started("delete", 501, "op4")
    story.deleted(510, by_admin=True)
    counts = Folded().batch(story.records).counts()
    assert counts.under("tasks.decided") == {"create": 1, "delete": 1}
    assert counts.under("tasks.automatic") == {"create": 1}


@pytest.mark.parametrize(
    ("event", "fields"),
    [
        pytest.param(vps.VpsIgnored, {}, id="ignored"),
        pytest.param(vps.CreationRequested, {}, id="requested again"),
        pytest.param(vps.ServerAdopted, {"provider_id": "9"}, id="adopted after a loss"),
    ],
)
def test_an_admin_action_after_the_proof_changes_no_outcome(event: Any, fields: Any) -> None:
    story = _bought()
    story.on_vps(event, 500, **_BY, **fields)
    counts = Folded().batch(story.records).counts()
    assert counts.under("tasks.automatic") == {"create": 1}


def test_a_server_adopted_after_a_loss_is_not_an_automatic_creation() -> None:
    story = _bought()
    story.on_vps(vps.VpsDrifted, 400, drift="missing")
    story.on_vps(vps.ServerAdopted, 500, **_BY, provider_id="9")
    story.started("create", 500, "op7", adopting="9")
    story.ready(510, operation_id="op7", provider_id="9")
    counts = Folded().batch(story.records).counts()
    assert counts.under("tasks.decided") == {"create": 2}
    assert counts.under("tasks.automatic") == {"create": 1}


def test_a_creation_requested_in_the_portal_and_its_proof_are_one_intervention() -> None:
    story = _bought()
    story.on_vps(vps.VpsDrifted, 400, drift="missing")
    story.on_vps(vps.CreationRequested, 500, **_BY)
    story.started("create", 501, "op7")
    story.ready(530, operation_id="op7", by_admin=True)
    counts = Folded().batch(story.records).counts()
    assert counts.under("interventions") == {"create": 1, "delete": 1}
    assert counts.under("tasks.automatic") == {"create": 1}


def test_a_creation_requested_for_a_parked_vps_is_an_intervention_too() -> None:
    story = Story()
    story.entitled("running", 0)
    story.wanted("running", 1)
    story.started("create", 2)
    story.parked("create", 30)
    story.on_vps(vps.CreationRequested, 60, **_BY)
    story.on_vps(vps.OperationRetried, 60, **_BY, operation_id="op1")
    story.ready(90)
    counts = Folded().batch(story.records).counts()
    assert counts.under("interventions") == {"create": 1, "retry": 1}
