"""Counts the webhooks that the edge refused in the last minute, from its heartbeats (pure).

`health` uses it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from slipway.contracts.heartbeats import Heartbeat
from slipway.contracts.incidents import IncidentCause
from slipway.notifier.incidents.rules.result import Recovery, RuleResult, process_symptom
from slipway.notifier.message_text import MessageText
from slipway.notifier.monitoring import text

_WINDOW = timedelta(minutes=1)
_EDGE = "edge"


@dataclass(frozen=True)
class _Counter:
    """A counter in the edge's heartbeats. Above its limit per minute it raises an incident."""

    name: str
    cause: IncidentCause
    allowed_per_minute: int
    text: Callable[[int], MessageText]


_COUNTERS = (
    _Counter("refused_signature", IncidentCause.SIGNATURES_REFUSED, 20, text.signatures_refused),
    _Counter("too_large", IncidentCause.WEBHOOK_TOO_LARGE, 0, text.webhook_too_large),
)


@dataclass
class Refusals:
    started_at: datetime
    _rows: list[tuple[datetime, str, int]] = field(default_factory=list)
    """One (time, counter name, growth) for each growth."""

    def count(self, heartbeat: Heartbeat, before: Heartbeat | None) -> None:
        """Adds the growth of the counters since the last heartbeat.

        The counters are running totals, which restart at zero with each process.
        """
        if before is None:
            return
        same_process = before.started_at == heartbeat.started_at
        totals = before.counters if same_process else {}
        for counter in _COUNTERS:
            growth = heartbeat.counters.get(counter.name, 0) - totals.get(counter.name, 0)
            if growth > 0:
                # The heartbeat's own time, because a backlog of heartbeats is older than now.
                self._rows.append((heartbeat.at, counter.name, growth))

    def evaluate(self, now: datetime) -> list[RuleResult]:
        self._rows = [row for row in self._rows if row[0] >= now - _WINDOW]
        return [result for counter in _COUNTERS for result in self._evaluate(counter, now)]

    def _evaluate(self, counter: _Counter, now: datetime) -> list[RuleResult]:
        rows = [row for row in self._rows if row[1] == counter.name]
        number = sum(growth for _, _, growth in rows)
        if number > counter.allowed_per_minute:
            return [process_symptom(counter.cause, _EDGE, rows[0][0], counter.text(number))]
        if rows or now - self.started_at < _WINDOW:
            return []
        reason = "No webhook was refused in the last minute."
        return [Recovery(counter.cause, _EDGE, _EDGE, reason)]
