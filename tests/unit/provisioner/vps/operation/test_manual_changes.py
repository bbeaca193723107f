"""An observation that confirms what an admin did: deleted, resolved manually, or nothing at all."""

from collections.abc import Callable

import pytest
from slipway.contracts import commands, vps
from slipway.contracts.vps import FaultKind
from slipway.provisioner.vps.state import Power

from tests.support.dsl.vps_history import VpsHistory, fault

NOT_SEEN = fault(FaultKind.OUTCOME_UNKNOWN, code="not_seen", sent=False)


@pytest.mark.parametrize(
    ("build", "by_admin"),
    [
        (lambda history: history.deleting().outcome_unknown().not_found_thrice(), False),
        (lambda history: history.deleting().outcome_unknown(NOT_SEEN).not_found_thrice(), True),
        (
            lambda history: released(history).starts_attempt().attempt_accepted().observes(None),
            True,
        ),
        (
            lambda history: (
                history.confirmation_requested()
                .later(900)
                .requests_confirmation()
                .admin_sends(commands.ResolveManually)
                .observes(None)
            ),
            True,
        ),
    ],
    ids=[
        "our call, its reply lost",
        "before any call of ours",
        "released by an admin",
        "resolved manually",
    ],
)
def test_a_deletion_tells_whether_an_admin_did_it(
    build: Callable[[VpsHistory], VpsHistory], *, by_admin: bool
) -> None:
    (gone,) = build(VpsHistory()).latest
    assert isinstance(gone, vps.VpsDeleted)
    assert gone.by_admin is by_admin


def released(history: VpsHistory) -> VpsHistory:
    return history.confirmation_requested().admin_sends(commands.ReleaseVps)


def test_a_manual_change_is_believed_after_one_lookup_or_stays_parked() -> None:
    history = VpsHistory().parked().admin_sends(commands.ResolveManually)
    assert history.observes(None).event_names == ("OperationParked",)
    done = VpsHistory().parked().admin_sends(commands.ResolveManually).observes(Power.ON)
    ready = done.latest[-1]
    assert isinstance(ready, vps.VpsReady)
    assert ready.by_admin is True


def test_an_observation_without_a_running_operation_proves_nothing() -> None:
    assert VpsHistory().creating().observes(Power.ON).event_names == ()
    assert VpsHistory().ready().observes(None).event_names == ()
