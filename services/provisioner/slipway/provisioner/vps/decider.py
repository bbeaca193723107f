"""Decider of one VPS: desired, observed, one operation at a time.

`inbox` brings entitlements, answers and orders, `worker` what came of a due step. The tables are
`entitling`, `operation`, `attempts`, `sightings`, `release` and `orders`; `evolution` folds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from slipway.contracts import vps
from slipway.contracts.envelope import Event
from slipway.eventstore.decider import Decider
from slipway.provisioner.vps import attempts, release
from slipway.provisioner.vps.admin_commands import Obey, obey
from slipway.provisioner.vps.entitlement import Entitle, entitle
from slipway.provisioner.vps.evolve import evolve
from slipway.provisioner.vps.observation import See, see
from slipway.provisioner.vps.operation import due_at, is_open
from slipway.provisioner.vps.state import Vps

CATEGORY = "vps"


@dataclass(frozen=True)
class NoteDrift:
    """The inventory saw something else than was proven, or no longer does."""

    now: datetime
    drift: vps.Drift
    provider_id: str | None
    ended: bool = False


@dataclass(frozen=True)
class EndWithholding:
    now: datetime
    reason: vps.WithheldReason


Command = Entitle | Obey | See | attempts.Command | release.Command | NoteDrift | EndWithholding


def decide(command: Command, state: Vps) -> Sequence[Event]:  # noqa: PLR0911 - a table
    if isinstance(command, Entitle):
        return entitle(command, state)
    if not state.exists:
        return []
    match command:
        case Obey():
            return obey(command, state)
        case See():
            return see(command, state)
        case release.AskRelease() | release.Answer():
            return release.decide(command, state)
        case NoteDrift():
            return _drift(command, state)
        case EndWithholding():
            return _end_withholding(command, state)
        case _:
            return attempts.decide(command, state)


def _drift(command: NoteDrift, state: Vps) -> Sequence[Event]:
    known = command.drift in state.drifts
    if command.ended:
        ended = vps.VpsDriftEnded(**state.ids(command.now), drift=command.drift)
        return [ended] if known else []
    if known or _under_way(state) or state.ignored:
        return []
    drifted = vps.VpsDrifted(
        **state.ids(command.now), drift=command.drift, provider_id=command.provider_id
    )
    return [drifted]


def _under_way(state: Vps) -> bool:
    """What changes at the provider is our own doing then."""
    operation = state.operation
    return operation is not None and not operation.at_rest


def _end_withholding(command: EndWithholding, state: Vps) -> Sequence[Event]:
    if state.withheld is None or state.withheld.reason is not command.reason:
        return []
    return [vps.WithholdingEnded(**state.ids(command.now), reason=command.reason)]


VPS: Decider[Command, Vps] = Decider(
    category=CATEGORY,
    initial=Vps(),
    decide=decide,
    evolve=evolve,
    due_at=due_at,
    has_open_work=is_open,
    state_type=Vps,
    fold_version=3,
)
