"""Random histories of a VPS: the worker's next step as luck has it, and what comes in between."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from slipway.contracts import commands
from slipway.contracts.subscriptions import CheckAnswer, Verdict
from slipway.contracts.vps import Fault, FaultKind, FaultScope
from slipway.provisioner.vps.decider import EndWithholding, NoteDrift
from slipway.provisioner.vps.operation import Errand, errand
from slipway.provisioner.vps.state import Outcome, Power

from tests.support.builders.vps_life import NOON, Life, fault

Step = Callable[[Life], Any]

_ORDERS = (
    commands.RetryOperation,
    commands.ResolveManually,
    commands.CreateVps,
    commands.DeleteVps,
    commands.HoldVps,
    commands.LiftHold,
    commands.IgnoreVps,
    commands.ReleaseVps,
)


@dataclass(frozen=True)
class Luck:
    """How the provider, GHL and time treat the next step."""

    answer: str
    """`taken`, `refused`, `unknown`, or `late`: nothing is heard for a while."""
    failed: Fault
    power: Power | None
    proven: bool
    outcome: Outcome
    gone: CheckAnswer
    seconds: float


LUCK = st.builds(
    Luck,
    st.sampled_from(["taken", "taken", "unknown", "refused", "late"]),
    st.builds(fault, st.sampled_from(FaultKind), st.sampled_from(FaultScope)),
    st.sampled_from([None, None, *Power, Power.ON]),
    st.sampled_from([True, True, False]),
    st.sampled_from(Outcome),
    st.sampled_from([CheckAnswer.GONE, CheckAnswer.GONE, CheckAnswer.PAYING, CheckAnswer.UNKNOWN]),
    st.sampled_from([0.0, 1.0, 12.0, 119.0, 121.0, 2000.0]),
)


def plays(luck: Luck) -> Step:
    """What the worker would do next, as luck has it."""
    simply = {
        Errand.BEGIN: Life.begins,
        Errand.ATTEMPT: Life.attempts,
        Errand.OVERTAKE: Life.overtakes,
    }

    def step(life: Life) -> Life:
        what = errand(life.state, life.now)
        if what in simply:
            return simply[what](life)
        match what:
            case Errand.ASK_RELEASE if luck.answer == "late":
                return life.later(luck.seconds).asks()
            case Errand.ASK_RELEASE:
                return life.asks().later(luck.seconds).answered(luck.gone)
            case Errand.LOOK:
                life.later(min(luck.seconds, 40.0))
                return life.sees(luck.power, proven=luck.proven, outcome=luck.outcome)
            case _:
                return heard(life, luck)

    return step


def heard(life: Life, luck: Luck) -> Life:
    match life.phase, luck.answer:
        case "Calling", "taken":
            return life.takes()
        case "Calling", "refused":
            return life.fails(luck.failed)
        case "Calling", "unknown":
            return life.doubts()
        case _:
            return life.later(luck.seconds)


def _by_name(life: Life) -> Life:
    name = life.state.server.name if life.state.server else "nothing"
    return life.orders(commands.DeleteVps, override_name=name)


@st.composite
def disturbances(draw: st.DrawFn) -> Step:
    """What comes in between at any time, sensible then or not."""
    order, drift = draw(st.sampled_from(_ORDERS)), draw(st.sampled_from(["missing", "duplicate"]))
    at = draw(st.sampled_from([None, NOON + timedelta(seconds=60), NOON + timedelta(days=1)]))
    yes, ours = draw(st.booleans()), draw(st.booleans())
    verdict = draw(st.sampled_from([Verdict.UNCHANGED, Verdict.PERSON]))
    others: list[Step] = [
        Life.pays,
        lambda life: life.cancels(delete_at=at),
        lambda life: life.owes(suspend_at=at),
        lambda life: life.pays(included=False, quantity=1),
        lambda life: life.entitled(verdict),
        lambda life: life.orders(order),
        lambda life: life.orders(commands.AdoptServer, provider_id="88"),
        _by_name,
        Life.begins,
        Life.attempts,
        lambda life: life.asks(),
        lambda life: life.sees(Power.ON, ours=ours, alive=not ours),
        lambda life: life.withheld("observe"),
        lambda life: life.does(EndWithholding(life.now, "observe")),
        lambda life: life.does(NoteDrift(life.now, drift, "77", ended=yes)),
        Life.overtakes,
    ]
    return draw(st.sampled_from(others))


def steps() -> st.SearchStrategy[Step]:
    return st.one_of(*[LUCK.map(plays)] * 3, disturbances())


def held(life: Life) -> Life:
    return life.creating().fails().orders(commands.HoldVps)


def unknown(life: Life) -> Life:
    return life.creating().doubts()


_STAGES = (Life.pays, Life.creating, Life.suspended, Life.cancelled, Life.deleting, Life.parked)
BEGINNINGS = st.sampled_from([*_STAGES, held, unknown])
HISTORIES = st.builds(
    lambda begun, happened: [begun, *happened], BEGINNINGS, st.lists(steps(), max_size=25)
)
