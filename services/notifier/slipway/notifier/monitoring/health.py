"""Is every process alive and well? Folds heartbeats and probes, and says what is wrong (pure).

`ears` feed it, `watch` asks it every second. Kept in memory: what it has not heard since it started
proves nothing, so it says neither wrong nor well until it has, or patience is over. Its own heart
goes the same way through Kafka: while that is not heard, it is deaf and judges nobody.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from slipway.contracts.heartbeats import Heartbeat
from slipway.contracts.incidents import IncidentCause, ProbeAnswered
from slipway.notifier.incidents.rules.result import Finding, Recovery, unwell
from slipway.notifier.monitoring import text as process_wording

_WINDOW = timedelta(minutes=1)
_FORGOTTEN_AFTER = timedelta(hours=1)

_REFUSED = {
    "refused_signature": IncidentCause.SIGNATURES_REFUSED,
    "too_large": IncidentCause.WEBHOOK_TOO_LARGE,
}
"""The edge's counters of refused webhooks, and the incident that each can become."""


@dataclass(frozen=True)
class Limits:
    """When silence, slowness or refusals become an incident."""

    missing_after: timedelta = timedelta(seconds=20)
    unpublished_seconds: float = 30.0
    overdue_seconds: float = 60.0
    waiting_after: timedelta = timedelta(minutes=2)
    """Records that wait without end: a partition is stuck, or a type is newer than the code."""
    refused_per_minute: int = 20
    failed_probes: int = 2


@dataclass(frozen=True)
class _Pulse:
    """One process, as last heard."""

    beat: Heartbeat
    heard_at: datetime
    waiting_since: datetime | None
    """Since when it has had records to take, at every beat."""


@dataclass
class VitalSigns:
    watched: Sequence[str]
    started_at: datetime
    limits: Limits = field(default_factory=Limits)
    own: tuple[str, str] | None = None
    """(service, instance) of the process that listens."""
    _pulses: dict[tuple[str, str], _Pulse] = field(default_factory=dict)
    _refused: list[tuple[datetime, str, int]] = field(default_factory=list)
    _hearing_since: datetime | None = None
    _failed_probes: list[ProbeAnswered] = field(default_factory=list)
    _probe: ProbeAnswered | None = None

    def heard(self, beat: Heartbeat, now: datetime) -> None:
        key = (beat.service, beat.instance)
        if key == self.own and self.deaf(now):
            self._hearing_since = now
        known = self._pulses.get(key)
        waiting = None
        if beat.lag:
            waiting = known.waiting_since if known and known.waiting_since else now
        self._count_refusals(beat, known)
        self._pulses[key] = _Pulse(beat, now, waiting)
        self._pulses = {
            key: pulse
            for key, pulse in self._pulses.items()
            if now - pulse.heard_at < _FORGOTTEN_AFTER
        }

    def probed(self, probe: ProbeAnswered) -> None:
        if self._probe is not None and probe.slot <= self._probe.slot:
            return
        self._probe = probe
        failed = [*self._failed_probes, probe][: self.limits.failed_probes]
        self._failed_probes = [] if probe.up else failed

    def deaf(self, now: datetime) -> bool:
        """Our own heartbeat, sent every few seconds, does not come back: nothing can be judged."""
        if self.own is None:
            return False
        pulse = self._pulses.get(self.own)
        heard_at = self.started_at if pulse is None else pulse.heard_at
        return now - heard_at > self.limits.missing_after / 2

    def is_stuck(self, now: datetime, *, unpublished_seconds: float, progress: bool) -> bool:
        """Whether we ourselves can't be relied on; said past our own relay and inbox (H18)."""
        wedged = unpublished_seconds > self.limits.unpublished_seconds
        return wedged or not progress or self.deaf(now)

    def check(self, now: datetime) -> list[Finding]:
        """What is known to be wrong now as a symptom, what is known to be well as a recovery."""
        found: list[Finding] = []
        if not self.deaf(now):
            for service in self.watched:
                found += self._service(service, now)
        for counter in _REFUSED:
            found += self._refusals(counter, now)
        return found + self._portal()

    def _service(self, service: str, now: datetime) -> list[Finding]:
        pulses = [pulse for (name, _), pulse in self._pulses.items() if name == service]
        last = max((pulse.heard_at for pulse in pulses), default=None)
        since = max(filter(None, (last, self._hearing_since, self.started_at)))
        if now - since > self.limits.missing_after:
            text = process_wording.no_heartbeat(service, now - (last or self.started_at))
            return [unwell(IncidentCause.HEARTBEAT_MISSING, service, last or self.started_at, text)]
        if last is None:
            return []
        back = Recovery(
            IncidentCause.HEARTBEAT_MISSING,
            service,
            service,
            f"{service} shows signs of life again.",
        )
        return [back, self._sickness(service, pulses, now)]

    def _sickness(self, service: str, pulses: list[_Pulse], now: datetime) -> Finding:
        fresh = [one for one in pulses if now - one.heard_at <= self.limits.missing_after]
        late = [(self._behind(pulse, now), pulse) for pulse in fresh]
        worst, _ = max(late, key=lambda one: one[0] or timedelta(), default=(None, None))
        if worst is None:
            return Recovery(
                IncidentCause.SERVICE_UNHEALTHY, service, service, f"{service} keeps up again."
            )
        return unwell(
            IncidentCause.SERVICE_UNHEALTHY,
            service,
            now - worst,
            process_wording.falls_behind(service, worst),
        )

    def _behind(self, pulse: _Pulse, now: datetime) -> timedelta | None:
        """For how long what should have been done at once has waited; None: all is well."""
        beat, limits = pulse.beat, self.limits
        if (beat.oldest_unpublished_seconds or 0.0) > limits.unpublished_seconds:
            return timedelta(seconds=beat.oldest_unpublished_seconds or 0.0)
        if (beat.oldest_due_seconds or 0.0) > limits.overdue_seconds:
            return timedelta(seconds=beat.oldest_due_seconds or 0.0)
        if pulse.waiting_since and now - pulse.waiting_since > limits.waiting_after:
            return now - pulse.waiting_since
        return None

    def _count_refusals(self, beat: Heartbeat, known: _Pulse | None) -> None:
        """By the differences of running totals, which begin anew with each process."""
        if known is None:
            return
        before = known.beat.counters if known.beat.started_at == beat.started_at else {}
        for counter in _REFUSED:
            more = beat.counters.get(counter, 0) - before.get(counter, 0)
            if more > 0:
                # By its own time: what we read late did not happen all at once.
                self._refused.append((beat.at, counter, more))

    def _refusals(self, counter: str, now: datetime) -> list[Finding]:
        self._refused = [row for row in self._refused if row[0] >= now - _WINDOW]
        rows = [row for row in self._refused if row[1] == counter]
        burst = sum(number for _, _, number in rows)
        allowed = self.limits.refused_per_minute if counter == "refused_signature" else 0
        if burst > allowed:
            return [
                unwell(
                    _REFUSED[counter], "edge", rows[0][0], process_wording.refused(counter, burst)
                )
            ]
        if rows or now - self.started_at < _WINDOW:
            return []
        return [Recovery(_REFUSED[counter], "edge", "edge", "None was refused in the last minute.")]

    def _portal(self) -> list[Finding]:
        if self._probe is None:
            return []
        if self._probe.up:
            return [
                Recovery(IncidentCause.PORTAL_DOWN, "portal", "portal", "The portal answers again.")
            ]
        if len(self._failed_probes) < self.limits.failed_probes:
            return []
        text = process_wording.portal_down(self._probe.problem)
        return [unwell(IncidentCause.PORTAL_DOWN, "portal", self._failed_probes[0].slot, text)]
