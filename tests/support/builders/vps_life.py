"""One VPS's history made by its own decider: tests say what happens, not which events that makes.

life = Life().pays().begins().takes()
life.sees(Power.ON)                      # the events of this step alone
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from slipway.contracts import commands
from slipway.contracts.envelope import Event
from slipway.contracts.subscriptions import CheckAnswer, Entitlement, Snapshot, Verdict
from slipway.contracts.vps import (
    Fault,
    FaultKind,
    FaultScope,
    OperationKind,
    ReleaseRequested,
    SourceVersion,
    Spec,
)
from slipway.provisioner.vps.admin_commands import Obey
from slipway.provisioner.vps.attempts import (
    Accepted,
    Attempt,
    Begin,
    Conclude,
    Doubtful,
    Failure,
    Overtake,
    Withhold,
)
from slipway.provisioner.vps.decider import VPS
from slipway.provisioner.vps.entitlement import Entitle
from slipway.provisioner.vps.naming import external_name
from slipway.provisioner.vps.observation import See, Sight
from slipway.provisioner.vps.release import Answer, AskRelease
from slipway.provisioner.vps.state import Outcome, Power, Vps

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
        "snapshot": Snapshot(status="active"),
    }
    return Entitlement(**(fields | more))


class Life:
    def __init__(self) -> None:
        self.state: Vps = VPS.initial
        self.events: list[Event] = []
        self.latest: tuple[Event, ...] = ()
        """What the latest command led to."""
        self.now = NOON
        self._versions = 0
        self._ids = 0

    def does(self, command: Any) -> "Life":
        self.latest = tuple(VPS.decide(command, self.state))
        self.events += self.latest
        self.state = VPS.fold(self.latest, self.state)
        return self

    @property
    def said(self) -> tuple[str, ...]:
        """The latest events' names."""
        return tuple(type(event).__name__ for event in self.latest)

    @property
    def phase(self) -> str | None:
        return None if self.state.operation is None else type(self.state.operation.phase).__name__

    def later(self, seconds: float) -> "Life":
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
    ) -> "Life":
        self._versions = version or self._versions + 1
        command = Entitle(
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
        return self.does(command)

    def pays(self, **more: Any) -> "Life":
        return self.entitled(Verdict.RUNNING, **more)

    def owes(self, **more: Any) -> "Life":
        return self.entitled(Verdict.SUSPENDED, **more)

    def cancels(self, **more: Any) -> "Life":
        return self.entitled(Verdict.ABSENT, **more)

    def begins(self) -> "Life":
        command = Begin(
            now=self.now,
            installation=INSTALLATION,
            operation_id=self.new_id(),
            nonce=self.new_id(),
            not_after=self.now + timedelta(seconds=5),
        )
        return self.does(command)

    def attempts(self) -> "Life":
        return self.does(Attempt(self.now, self.now + timedelta(seconds=5)))

    def withheld(self, why: str, kind: OperationKind = OperationKind.CREATE) -> "Life":
        return self.does(Withhold(self.now, kind, why, self.now + timedelta(minutes=1)))

    def takes(self, provider_id: str | None = "77", *actions: str) -> "Life":
        """The provider accepts the attempt under way."""
        return self._concludes(Accepted(provider_id, actions))

    def fails(
        self, failed: Fault | None = None, *, retry_after_seconds: float | None = None
    ) -> "Life":
        return self._concludes(Failure(failed or fault(), 0.5, retry_after_seconds))

    def doubts(self, why: Fault | None = None) -> "Life":
        return self._concludes(Doubtful(why or fault(FaultKind.OUTCOME_UNKNOWN)))

    def _concludes(self, outcome: Accepted | Failure | Doubtful) -> "Life":
        operation = self.state.operation
        assert operation is not None
        return self.does(Conclude(self.now, operation.id, operation.attempts, outcome))

    def overtakes(self) -> "Life":
        return self.does(Overtake(self.now))

    def asks(self, stalled_after: float = 900) -> "Life":
        return self.does(AskRelease(self.now, self.new_id(), timedelta(seconds=stalled_after)))

    def answered(self, answer: CheckAnswer, nonce: str | None = None) -> "Life":
        asked = [event.nonce for event in self.events if isinstance(event, ReleaseRequested)]
        source = SourceVersion(epoch=0, version=99)
        return self.does(Answer(self.now, nonce or asked[-1], answer, source))

    def sees(
        self,
        power: Power | None,
        *,
        proven: bool = True,
        outcome: Outcome = Outcome.DONE,
        **sight: Any,
    ) -> "Life":
        """None: nothing is there."""
        server = self.state.server
        seen: dict[str, Any] = {
            "provider_id": server.provider_id if server else "77",
            "ours": True,
            "alive": True,
            "power": power,
            "ipv4": "100.64.0.1",
        }
        command = See(
            now=self.now,
            sight=None if power is None else Sight(**(seen | sight)),
            proven=proven,
            outcome=outcome,
            settle=SETTLE,
            jitter=0.5,
        )
        return self.does(command)

    def orders(self, cls: type[commands.Command], **fields: Any) -> "Life":
        given = {"command_id": self.new_id(), "actor": "user:ada", "reason": "test", **fields}
        order: Any = cls(vps_id=VPS_ID, issued_at=self.now, **given)
        return self.does(Obey(self.now, order, INSTALLATION, self.new_id()))

    # Whole stretches of a life.

    def creating(self) -> "Life":
        """A create is on its way."""
        return self.pays().begins()

    def ready(self) -> "Life":
        return self.creating().takes().later(20).sees(Power.ON)

    def suspended(self) -> "Life":
        return self.ready().owes().begins().takes().later(2).sees(Power.OFF)

    def cancelled(self) -> "Life":
        """The second key has been asked for."""
        return self.ready().cancels().begins()

    def deleting(self) -> "Life":
        """Both keys are turned and the delete is on its way."""
        return self.cancelled().answered(CheckAnswer.GONE).attempts()

    def parked(self) -> "Life":
        """A create that a person has to look at."""
        return self.creating().fails(fault(FaultKind.REJECTED))

    @property
    def name(self) -> str:
        """Of the first generation's server."""
        return external_name(INSTALLATION, VPS_ID, 1).name
