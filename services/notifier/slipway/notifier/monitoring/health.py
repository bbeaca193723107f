"""Health evaluator: decides from heartbeats and probes which process is unhealthy (pure).

`heartbeat_consumer` records heartbeats and probes, and `loop` evaluates them every second. The
state is in memory only. A process without a heartbeat since the notifier's start counts as neither
healthy nor unhealthy until the limit has passed. The notifier receives its own heartbeat through
Kafka too. While that heartbeat is missing, no process is judged.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from slipway.contracts.heartbeats import Heartbeat
from slipway.contracts.incidents import IncidentCause, ProbeAnswered, Severity
from slipway.notifier.incidents.rules.result import Recovery, RuleResult, process_symptom
from slipway.notifier.monitoring import text
from slipway.notifier.monitoring.failing_steps import FailingSteps
from slipway.notifier.monitoring.refusals import Refusals

_FORGOTTEN_AFTER = timedelta(hours=1)


@dataclass(frozen=True)
class Limits:
    """The limits beyond which silence, a delay or failed probes are a symptom."""

    missing_after: timedelta = timedelta(seconds=20)
    unpublished_seconds: float = 30.0
    overdue_seconds: float = 60.0
    waiting_after: timedelta = timedelta(minutes=2)
    """Limit for waiting records. Longer means that a partition is stuck or a type is too new."""
    failing_after: timedelta = timedelta(minutes=1)
    """Limit for a task that fails again after each restart."""
    failed_probes: int = 2
    clock_skew_seconds: float = 1.0


@dataclass(frozen=True)
class _LastHeartbeat:
    """The last heartbeat of one process, and when it was received."""

    heartbeat: Heartbeat
    received_at: datetime
    waiting_since: datetime | None
    """Since when every heartbeat has reported waiting records. None if the last one did not."""


@dataclass
class HealthEvaluator:
    services: Sequence[str]
    started_at: datetime
    limits: Limits = field(default_factory=Limits)
    own: tuple[str, str] | None = None
    """The (service, instance) of this process."""
    _last: dict[tuple[str, str], _LastHeartbeat] = field(default_factory=dict)
    _refusals: Refusals = field(init=False)
    _failing_steps: FailingSteps = field(default_factory=FailingSteps)
    _receiving_since: datetime | None = None
    _failed_probes: list[ProbeAnswered] = field(default_factory=list)
    _probe: ProbeAnswered | None = None

    def __post_init__(self) -> None:
        self._refusals = Refusals(self.started_at)

    def record_heartbeat(self, heartbeat: Heartbeat, now: datetime) -> None:
        key = (heartbeat.service, heartbeat.instance)
        if key == self.own and self.receives_nothing(now):
            self._receiving_since = now
        known = self._last.get(key)
        waiting = None
        if heartbeat.lag:
            waiting = known.waiting_since if known and known.waiting_since else now
        self._refusals.count(heartbeat, known.heartbeat if known else None)
        self._last[key] = _LastHeartbeat(heartbeat, now, waiting)
        self._last = {
            key: last
            for key, last in self._last.items()
            if now - last.received_at < _FORGOTTEN_AFTER
        }

    def record_probe(self, probe: ProbeAnswered) -> None:
        if self._probe is not None and probe.slot <= self._probe.slot:
            return
        self._probe = probe
        failed = [*self._failed_probes, probe][: self.limits.failed_probes]
        self._failed_probes = [] if probe.up else failed

    def receives_nothing(self, now: datetime) -> bool:
        """Returns whether our own heartbeat is missing, so that no process can be judged."""
        if self.own is None:
            return False
        last = self._last.get(self.own)
        received_at = self.started_at if last is None else last.received_at
        return now - received_at > self.limits.missing_after / 2

    def is_stuck(self, now: datetime, *, unpublished_seconds: float, progress: bool) -> bool:
        """Returns whether the relay, the inbox or the heartbeat of this notifier is stuck (H18)."""
        wedged = unpublished_seconds > self.limits.unpublished_seconds
        return wedged or not progress or self.receives_nothing(now)

    def check_itself(self, now: datetime, unpublished_seconds: float, *, progress: bool) -> None:
        """Does nothing while this notifier works, and raises RuntimeError if it is stuck."""
        if self.is_stuck(now, unpublished_seconds=unpublished_seconds, progress=progress):
            raise RuntimeError("the notifier's relay, inbox or heartbeat is stuck")

    def evaluate(self, now: datetime) -> list[RuleResult]:
        """Returns a symptom for each problem, and a recovery for each part that works again."""
        results: list[RuleResult] = []
        if not self.receives_nothing(now):
            for service in self.services:
                results += self._evaluate_service(service, now)
            results += self._evaluate_clocks(now)
        return [*results, *self._refusals.evaluate(now), *self._evaluate_portal()]

    def _evaluate_service(self, service: str, now: datetime) -> list[RuleResult]:
        of_service = [last for (name, _), last in self._last.items() if name == service]
        newest = max((last.received_at for last in of_service), default=None)
        since = max(filter(None, (newest, self._receiving_since, self.started_at)))
        if now - since > self.limits.missing_after:
            silent_since = newest or self.started_at
            missing = text.heartbeat_missing(service, now - silent_since)
            return [
                process_symptom(IncidentCause.HEARTBEAT_MISSING, service, silent_since, missing)
            ]
        if newest is None:
            return []
        reason = f"{service} sends heartbeats again."
        back = Recovery(IncidentCause.HEARTBEAT_MISSING, service, service, reason)
        heartbeats = [each.heartbeat for each in self._fresh(of_service, now)]
        steps = self._failing_steps.evaluate(service, heartbeats)
        return [back, self._evaluate_work(service, of_service, now), *steps]

    def _fresh(self, of_service: list[_LastHeartbeat], now: datetime) -> list[_LastHeartbeat]:
        return [last for last in of_service if now - last.received_at <= self.limits.missing_after]

    def _evaluate_work(
        self, service: str, of_service: list[_LastHeartbeat], now: datetime
    ) -> RuleResult:
        fresh = self._fresh(of_service, now)
        delays = [delay for last in fresh if (delay := self._delay(last, now)) is not None]
        failing = self._failing(fresh, now)
        if delays:
            since, says = now - max(delays), text.behind(service, max(delays))
        elif failing:
            since, says = min(failing.values()), text.tasks_failing(service, sorted(failing))
        else:
            reason = f"{service} works normally again."
            return Recovery(IncidentCause.SERVICE_UNHEALTHY, service, service, reason)
        return process_symptom(IncidentCause.SERVICE_UNHEALTHY, service, since, says)

    def _evaluate_clocks(self, now: datetime) -> list[RuleResult]:
        """Compares each service's clock, this notifier's too, with its database's clock (H41)."""
        results: list[RuleResult] = []
        for service in sorted({service for service, _ in self._last}):
            fresh = [
                last
                for (name, _), last in self._last.items()
                if name == service and now - last.received_at <= self.limits.missing_after
            ]
            if fresh:
                worst = max(fresh, key=lambda last: abs(last.heartbeat.clock_skew_seconds or 0.0))
                results.append(self._clock_of(service, worst))
        return results

    def _clock_of(self, service: str, last: _LastHeartbeat) -> RuleResult:
        skew = last.heartbeat.clock_skew_seconds or 0.0
        if abs(skew) <= self.limits.clock_skew_seconds:
            reason = f"The clocks of {service} and of its database agree again."
            return Recovery(IncidentCause.CLOCK_SKEW, service, service, reason)
        skewed = text.clock_skew(service, last.heartbeat.instance, skew)
        return process_symptom(
            IncidentCause.CLOCK_SKEW, service, last.received_at, skewed, severity=Severity.TODAY
        )

    def _failing(self, fresh: list[_LastHeartbeat], now: datetime) -> dict[str, datetime]:
        """Returns the failing background tasks of the service, each with its first failure."""
        return {
            task: since
            for last in fresh
            for task, since in last.heartbeat.failing_tasks.items()
            if now - since > self.limits.failing_after
        }

    def _delay(self, last: _LastHeartbeat, now: datetime) -> timedelta | None:
        """Returns how long work has waited if it exceeds a limit, else None."""
        heartbeat, limits = last.heartbeat, self.limits
        if (heartbeat.oldest_unpublished_seconds or 0.0) > limits.unpublished_seconds:
            return timedelta(seconds=heartbeat.oldest_unpublished_seconds or 0.0)
        if (heartbeat.oldest_due_seconds or 0.0) > limits.overdue_seconds:
            return timedelta(seconds=heartbeat.oldest_due_seconds or 0.0)
        if last.waiting_since and now - last.waiting_since > limits.waiting_after:
            return now - last.waiting_since
        return None

    def _evaluate_portal(self) -> list[RuleResult]:
        if self._probe is None:
            return []
        if self._probe.up:
            return [
                Recovery(IncidentCause.PORTAL_DOWN, "portal", "portal", "The portal answers again.")
            ]
        if len(self._failed_probes) < self.limits.failed_probes:
            return []
        since, down = self._failed_probes[0].slot, text.portal_down(self._probe)
        return [process_symptom(IncidentCause.PORTAL_DOWN, "portal", since, down)]
