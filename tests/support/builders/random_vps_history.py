"""Random histories of a VPS: the worker's steps with random outcomes, and events in between."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from slipway.contracts import commands
from slipway.contracts.subscriptions import CheckAnswer, Verdict
from slipway.contracts.vps import Drift, Fault, FaultKind, FaultScope, WithheldReason
from slipway.provisioner.vps.drift import NoteDrift
from slipway.provisioner.vps.operation.next_step import NextStep, next_step
from slipway.provisioner.vps.operation.withholding import EndWithholding
from slipway.provisioner.vps.state import ActionStatus, Power

from tests.support.dsl.vps_history import NOON, VpsHistory, fault

Step = Callable[[VpsHistory], Any]

_ORDERS = (
    commands.RetryOperation,
    commands.ResolveManually,
    commands.CreateVps,
    commands.DeleteVps,
    commands.HoldVps,
    commands.ReleaseHold,
    commands.IgnoreVps,
    commands.ReleaseVps,
)


@dataclass(frozen=True)
class Luck:
    """The random outcome of the next step: of the provider, of GHL, and of time."""

    answer: str
    """`taken`, `refused`, `unknown`, or `late`, which means no answer for a while."""
    failed: Fault
    power: Power | None
    proven: bool
    outcome: ActionStatus
    confirmation: CheckAnswer
    seconds: float


LUCK = st.builds(
    Luck,
    st.sampled_from(["taken", "taken", "unknown", "refused", "late"]),
    st.builds(fault, st.sampled_from(FaultKind), st.sampled_from(FaultScope)),
    st.sampled_from([None, None, *Power, Power.ON]),
    st.sampled_from([True, True, False]),
    st.sampled_from(ActionStatus),
    st.sampled_from([CheckAnswer.CONFIRMED, *CheckAnswer]),
    st.sampled_from([0.0, 1.0, 12.0, 119.0, 121.0, 2000.0]),
)


def plays(luck: Luck) -> Step:
    """Returns the worker's next step with this outcome."""
    simply = {
        NextStep.START_OPERATION: VpsHistory.starts_operation,
        NextStep.START_ATTEMPT: VpsHistory.starts_attempt,
    }

    def step(history: VpsHistory) -> VpsHistory:
        what = next_step(history.state, history.now)
        if what in simply:
            return simply[what](history)
        match what:
            case NextStep.REQUEST_RELEASE if luck.answer == "late":
                return history.later(luck.seconds).requests_confirmation()
            case NextStep.REQUEST_RELEASE:
                return (
                    history.requests_confirmation()
                    .later(luck.seconds)
                    .confirmation_answered(luck.confirmation)
                )
            case NextStep.POLL:
                history.later(min(luck.seconds, 40.0))
                return history.observes(luck.power, proven=luck.proven, outcome=luck.outcome)
            case _:
                return heard(history, luck)

    return step


def heard(history: VpsHistory, luck: Luck) -> VpsHistory:
    match history.phase, luck.answer:
        case "Calling", "taken":
            return history.attempt_accepted()
        case "Calling", "refused":
            return history.attempt_fails(luck.failed)
        case "Calling", "unknown":
            return history.outcome_unknown()
        case _:
            return history.later(luck.seconds)


def _by_name(history: VpsHistory) -> VpsHistory:
    name = history.state.server.name if history.state.server else "nothing"
    return history.admin_sends(commands.DeleteVps, override_name=name)


@st.composite
def disturbances(draw: st.DrawFn) -> Step:
    """Returns a random event or command, whether or not it makes sense at that time."""
    order, drift = (
        draw(st.sampled_from(_ORDERS)),
        draw(st.sampled_from([Drift.MISSING, Drift.DUPLICATE])),
    )
    at = draw(st.sampled_from([None, NOON + timedelta(seconds=60), NOON + timedelta(days=1)]))
    yes, ours = draw(st.booleans()), draw(st.booleans())
    verdict = draw(st.sampled_from([Verdict.UNCHANGED, Verdict.REFERRED]))
    others: list[Step] = [
        VpsHistory.pays,
        lambda history: history.cancels(delete_at=at),
        lambda history: history.payment_fails(suspend_at=at),
        lambda history: history.pays(included=False, quantity=1),
        lambda history: history.entitled(verdict),
        lambda history: history.admin_sends(order),
        lambda history: history.admin_sends(commands.AdoptServer, provider_id="88"),
        _by_name,
        VpsHistory.starts_operation,
        VpsHistory.starts_attempt,
        lambda history: history.requests_confirmation(),
        lambda history: history.observes(Power.ON, ours=ours, alive=not ours),
        lambda history: history.is_withheld(WithheldReason.OBSERVE),
        lambda history: history.handles(EndWithholding(history.now, WithheldReason.OBSERVE)),
        lambda history: history.handles(NoteDrift(history.now, drift, "77", ended=yes)),
    ]
    return draw(st.sampled_from(others))


def steps() -> st.SearchStrategy[Step]:
    return st.one_of(*[LUCK.map(plays)] * 3, disturbances())


def held(history: VpsHistory) -> VpsHistory:
    return history.creating().attempt_fails().admin_sends(commands.HoldVps)


def unknown(history: VpsHistory) -> VpsHistory:
    return history.creating().outcome_unknown()


_STAGES = (
    VpsHistory.pays,
    VpsHistory.creating,
    VpsHistory.suspended,
    VpsHistory.confirmation_requested,
    VpsHistory.deleting,
    VpsHistory.parked,
)
BEGINNINGS = st.sampled_from([*_STAGES, held, unknown])
HISTORIES = st.builds(
    lambda begun, happened: [begun, *happened], BEGINNINGS, st.lists(steps(), max_size=25)
)
