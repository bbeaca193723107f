"""Builds the history of one VPS through its decider: tests name the steps, not the events.

history = VpsHistory().pays().starts_operation().attempt_accepted()
history.observes(Power.ON)                      # the events of this step alone
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from slipway.contracts import commands
from slipway.contracts.envelope import Event
from slipway.contracts.subscriptions import CheckAnswer, Entitlement, RecordFields, Verdict
from slipway.contracts.vps import (
    Fault,
    FaultKind,
    FaultScope,
    OperationKind,
    ReleaseRequested,
    SourceVersion,
    Spec,
    WithheldReason,
)
from slipway.provisioner.vps.admin_requests import HandleCommand
from slipway.provisioner.vps.decider import VPS
from slipway.provisioner.vps.entitlement import ApplyEntitlement
from slipway.provisioner.vps.naming import external_name
from slipway.provisioner.vps.operation.attempts import (
    Accepted,
    ConcludeAttempt,
    NoClearAnswer,
    StartAttempt,
)
from slipway.provisioner.vps.operation.failures import Failure
from slipway.provisioner.vps.operation.observation import Observe, ServerObservation
from slipway.provisioner.vps.operation.start import StartOperation
from slipway.provisioner.vps.operation.withholding import WithholdOperation
from slipway.provisioner.vps.release import AnswerRelease, RequestRelease
from slipway.provisioner.vps.state import ActionStatus, Power, Vps

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
INSTALLATION = "test"
SUBSCRIPTION = "loc1:ada"
VPS_ID = f"{SUBSCRIPTION}-1"
SETTLE = timedelta(seconds=30)
SPEC = Spec(
    plan="small",
    provider="hetzner",
    account="main",
    size="cx22",
    image="debian-12",
    regions=("fsn1", "nbg1"),
)


def fault(
    kind: FaultKind = FaultKind.TRANSIENT,
    scope: FaultScope = FaultScope.OPERATION,
    code: str = "some-code",
    *,
    sent: bool = True,
) -> Fault:
    return Fault(kind=kind, scope=scope, code=code, message="As the provider says.", sent=sent)


def entitlement(verdict: Verdict, **more: Any) -> Entitlement:
    fields: dict[str, Any] = {
        "subscription_id": SUBSCRIPTION,
        "location_id": "loc1",
        "contact_id": "contact-ada",
        "verdict": verdict,
        "reason": "as GHL says",
        "plan": "small",
        "quantity": 1,
        "started_at": NOON,
        "changed_at": NOON,
        "decided_at": NOON,
        "record": RecordFields(status="active"),
    }
    return Entitlement(**(fields | more))


class VpsHistory:
    def __init__(self) -> None:
        self.state: Vps = VPS.initial
        self.events: list[Event] = []
        self.latest: tuple[Event, ...] = ()
        """The events of the latest command."""
        self.now = NOON
        self._versions = 0
        self._ids = 0

    def handles(self, command: Any) -> "VpsHistory":
        self.latest = tuple(VPS.decide(command, self.state))
        self.events += self.latest
        self.state = VPS.fold(self.latest, self.state)
        return self

    @property
    def event_names(self) -> tuple[str, ...]:
        """Returns the names of the latest command's events."""
        return tuple(type(event).__name__ for event in self.latest)

    @property
    def phase(self) -> str | None:
        return None if self.state.operation is None else type(self.state.operation.phase).__name__

    def later(self, seconds: float) -> "VpsHistory":
        self.now += timedelta(seconds=seconds)
        return self

    def new_id(self) -> str:
        self._ids += 1
        return f"id{self._ids}"

    def entitled(
        self,
        verdict: Verdict,
        *,
        version: int | None = None,
        epoch: int = 0,
        included: bool = True,
        spec: Spec | None = SPEC,
        **more: Any,
    ) -> "VpsHistory":
        self._versions = version or self._versions + 1
        command = ApplyEntitlement(
            now=self.now,
            vps_id=VPS_ID,
            entitlement=entitlement(verdict, **more),
            source=SourceVersion(epoch=epoch, version=self._versions),
            included=included,
            spec=spec,
            spec_hash="hash",
            correlation_id="c",
            traceparent=None,
        )
        return self.handles(command)

    def pays(self, **more: Any) -> "VpsHistory":
        return self.entitled(Verdict.RUNNING, **more)

    def payment_fails(self, **more: Any) -> "VpsHistory":
        return self.entitled(Verdict.SUSPENDED, **more)

    def cancels(self, **more: Any) -> "VpsHistory":
        return self.entitled(Verdict.ABSENT, **more)

    def starts_operation(self) -> "VpsHistory":
        command = StartOperation(
            now=self.now,
            installation=INSTALLATION,
            operation_id=self.new_id(),
            nonce=self.new_id(),
            not_after=self.now + timedelta(seconds=5),
        )
        return self.handles(command)

    def starts_attempt(self) -> "VpsHistory":
        return self.handles(StartAttempt(self.now, self.now + timedelta(seconds=5)))

    def is_withheld(
        self, reason: WithheldReason, kind: OperationKind = OperationKind.CREATE
    ) -> "VpsHistory":
        return self.handles(
            WithholdOperation(self.now, kind, reason, self.now + timedelta(minutes=1))
        )

    def attempt_accepted(self, provider_id: str | None = "77", *actions: str) -> "VpsHistory":
        """The provider accepts the current attempt."""
        return self._concludes(Accepted(provider_id, actions))

    def attempt_fails(
        self, failed: Fault | None = None, *, retry_after_seconds: float | None = None
    ) -> "VpsHistory":
        return self._concludes(Failure(failed or fault(), 0.5, retry_after_seconds))

    def outcome_unknown(self, why: Fault | None = None) -> "VpsHistory":
        return self._concludes(NoClearAnswer(why or fault(FaultKind.OUTCOME_UNKNOWN)))

    def _concludes(self, outcome: Accepted | Failure | NoClearAnswer) -> "VpsHistory":
        operation = self.state.operation
        assert operation is not None
        return self.handles(ConcludeAttempt(self.now, operation.id, operation.attempts, outcome))

    def requests_confirmation(self, stalled_after: float = 900) -> "VpsHistory":
        return self.handles(
            RequestRelease(self.now, self.new_id(), timedelta(seconds=stalled_after))
        )

    def confirmation_answered(self, answer: CheckAnswer, nonce: str | None = None) -> "VpsHistory":
        asked = [event for event in self.events if isinstance(event, ReleaseRequested)]
        source = SourceVersion(epoch=0, version=99)
        kind = asked[-1].kind if asked else OperationKind.DELETE
        id_ = nonce or asked[-1].nonce
        return self.handles(AnswerRelease(self.now, kind, id_, answer, source))

    def confirmed(self) -> "VpsHistory":
        """GHL confirms the operation, and its attempt starts."""
        return self.confirmation_answered(CheckAnswer.CONFIRMED).starts_attempt()

    def observes(
        self,
        power: Power | None,
        *,
        proven: bool = True,
        outcome: ActionStatus = ActionStatus.DONE,
        **sight: Any,
    ) -> "VpsHistory":
        """`power` is None if there is no server."""
        server = self.state.server
        seen: dict[str, Any] = {
            "provider_id": server.provider_id if server else "77",
            "ours": True,
            "alive": True,
            "power": power,
            "ipv4": "100.64.0.1",
        }
        command = Observe(
            now=self.now,
            server=None if power is None else ServerObservation(**(seen | sight)),
            account_proven=proven,
            actions=outcome,
            settle=SETTLE,
            jitter=0.5,
        )
        return self.handles(command)

    def admin_sends(self, cls: type[commands.Command], **fields: Any) -> "VpsHistory":
        given = {"command_id": self.new_id(), "actor": "user:ada", "reason": "test", **fields}
        order: Any = cls(vps_id=VPS_ID, issued_at=self.now, **given)
        return self.handles(HandleCommand(self.now, order, INSTALLATION, self.new_id()))

    # Several steps at once.

    def creating(self) -> "VpsHistory":
        """A create operation has started."""
        return self.pays().starts_operation()

    def create_accepted(self) -> "VpsHistory":
        return self.creating().attempt_accepted()

    def ready(self) -> "VpsHistory":
        return self.creating().attempt_accepted().later(20).observes(Power.ON)

    def suspended(self) -> "VpsHistory":
        return self.suspending().attempt_accepted().later(2).observes(Power.OFF)

    def suspending(self) -> "VpsHistory":
        """The suspension is confirmed and its attempt has started."""
        return self.ready().payment_fails().starts_operation().confirmed()

    def confirmation_requested(self) -> "VpsHistory":
        """A cancelled VPS waits for the deletion confirmation."""
        return self.ready().cancels().starts_operation()

    def deleting(self) -> "VpsHistory":
        """The deletion is confirmed and its attempt has started."""
        return self.confirmation_requested().confirmed()

    def parked(self) -> "VpsHistory":
        """A create operation is parked for an admin."""
        return self.creating().attempt_fails(fault(FaultKind.REJECTED))

    def not_found_thrice(self) -> "VpsHistory":
        """Three spaced polls, past the settle window, find no server."""
        for _ in range(3):
            self.later(11).observes(None)
        return self

    @property
    def name(self) -> str:
        """Returns the name of the first generation's server."""
        return external_name(INSTALLATION, VPS_ID, 1).name
