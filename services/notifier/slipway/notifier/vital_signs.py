"""Is every process alive and well? Folds heartbeats and probes, and says what is wrong (pure).

`inbox` feeds it, `watch` asks it every second. Kept in memory: a heartbeat older than this process
proves nothing, so after a start everyone gets the full patience once.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from slipway.contracts.heartbeats import Heartbeat
from slipway.contracts.incidents import ProbeAnswered, Severity
from slipway.notifier.findings import Finding, Recovery, Symptom


@dataclass(frozen=True)
class Limits:
    """When silence, slowness or refusals become an incident."""

    missing_after: timedelta = timedelta(seconds=20)
    unpublished_seconds: float = 30.0
    overdue_seconds: float = 60.0
    refused_per_minute: int = 20
    failed_probes: int = 2


@dataclass
class VitalSigns:
    watched: tuple[str, ...]
    started_at: datetime
    limits: Limits = field(default_factory=Limits)
    _beats: dict[str, tuple[Heartbeat, datetime]] = field(default_factory=dict)
    _refused: list[tuple[datetime, str, int]] = field(default_factory=list)
    _probes_down: int = 0
    _probe: ProbeAnswered | None = None

    def heard(self, beat: Heartbeat, now: datetime) -> None:
        self._beats[beat.service] = (beat, now)
        for counter in ("refused_signature", "too_large"):
            if counter in beat.counters:
                self._refused.append((now, f"{beat.instance}/{counter}", beat.counters[counter]))
        horizon = now - timedelta(minutes=1)
        self._refused = [row for row in self._refused if row[0] >= horizon]

    def probed(self, probe: ProbeAnswered) -> None:
        if self._probe is not None and probe.slot <= self._probe.slot:
            return
        self._probe = probe
        self._probes_down = 0 if probe.up else self._probes_down + 1

    def check(self, now: datetime) -> list[Finding]:
        """Everything that is wrong now as a symptom, everything that is well as a recovery."""
        found: list[Finding] = []
        for service in self.watched:
            found += self._service(service, now)
        found.append(self._refusals("refused_signature", now))
        found.append(self._refusals("too_large", now))
        found.append(self._portal(now))
        return found

    def _service(self, service: str, now: datetime) -> list[Finding]:
        beat, heard_at = self._beats.get(service, (None, self.started_at))
        silent = now - heard_at
        missing: Finding = Recovery("heartbeat", service, service, "Its heartbeat is back.")
        if silent > self.limits.missing_after:
            missing = _symptom(
                "heartbeat",
                service,
                f"{service} gives no sign of life",
                f"No heartbeat for {silent.total_seconds():.0f} s.",
                "Restart it; what it had to do waits in its store and is not lost.",
                heard_at,
            )
        return [missing, self._sickness(service, beat, now)]

    def _sickness(self, service: str, beat: Heartbeat | None, now: datetime) -> Finding:
        unpublished = (beat and beat.oldest_unpublished_seconds) or 0.0
        overdue = (beat and beat.oldest_due_seconds) or 0.0
        if unpublished > self.limits.unpublished_seconds:
            problem = f"What it stored {unpublished:.0f} s ago is not published yet."
        elif overdue > self.limits.overdue_seconds:
            problem = f"Its oldest due work waits for {overdue:.0f} s."
        else:
            return Recovery("sick", service, service, "It keeps up again.")
        return _symptom(
            "sick",
            service,
            f"{service} falls behind",
            problem,
            "Look at its log and its health page; a restart is safe.",
            now,
        )

    def _refusals(self, counter: str, now: datetime) -> Finding:
        rows: dict[str, list[int]] = {}
        for _, key, total in self._refused:
            if key.endswith(counter):
                rows.setdefault(key, []).append(total)
        burst = sum(max(totals) - min(totals) for totals in rows.values())
        what = "with a bad signature" if counter == "refused_signature" else "above 4 MiB"
        allowed = self.limits.refused_per_minute if counter == "refused_signature" else 0
        if burst <= allowed:
            return Recovery(counter, "edge", "edge", "No more of them in the last minute.")
        return _symptom(
            counter,
            "edge",
            f"Webhooks {what} are refused",
            f"{burst} in the last minute.",
            "If they are GHL's: check the public keys (rotation) and the size limits.",
            now,
        )

    def _portal(self, now: datetime) -> Finding:
        if self._probes_down < self.limits.failed_probes or self._probe is None:
            return Recovery("portal-down", "portal", "portal", "The portal answers again.")
        return _symptom(
            "portal-down",
            "portal",
            "The portal does not answer",
            self._probe.problem or "The probe failed.",
            "Restart reporting; the automation goes on without it.",
            now,
        )


def _symptom(
    cause: str, scope: str, title: str, explanation: str, next_step: str, since: datetime
) -> Symptom:
    return Symptom(
        cause=cause,
        scope=scope,
        subject=scope,
        severity=Severity.NOW,
        title=title,
        explanation=explanation,
        next_step=next_step,
        since=since,
    )
