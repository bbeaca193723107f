"""How far a decision has come: sent, taken, done, failed, refused, or nobody took it (pure)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from slipway.reporting.commands.catalog import KIND_OF

_NOBODY_AFTER = timedelta(seconds=5)
_PROVEN_LATER = {"retry", "resolve", "create", "delete", "release", "adopt", "redrive"}
"""Taken is a promise here; done is the proof at the provider, or that the record went through."""


@dataclass(frozen=True)
class Standing:
    word: str
    """`sent`, `taken`, `done`, `failed`, `refused`, `nobody took it`."""
    detail: str
    final: bool


def standing(
    decision: dict[str, Any] | None,
    target: dict[str, Any] | None,
    *,
    issued_at: datetime,
    now: datetime,
) -> Standing:
    """`target`: the view of the VPS or dead letter, for decisions that end with a proof."""
    found = decision or {}
    if found.get("refused_at"):
        return Standing("refused", found["refusal"], final=True)
    if taken_at := found.get("taken_at"):
        return _taken(KIND_OF.get(found.get("type", ""), ""), target or {}, taken_at)
    if now - issued_at > _NOBODY_AFTER:
        away = "the service that carries it out doesn't answer; it will, once it is back"
        return Standing("nobody took it", away, final=False)
    return Standing("sent", "", final=False)


def _taken(kind: str, target: dict[str, Any], taken_at: datetime) -> Standing:
    if kind not in _PROVEN_LATER or _since(taken_at, target.get("proven_at")):
        return Standing("done", "", final=True)
    attention = target.get("attention") or {}
    if _since(taken_at, attention.get("since")):
        return Standing("failed", attention["sentence"], final=True)
    return Standing("taken", "being carried out", final=False)


def _since(taken_at: datetime, at: datetime | None) -> bool:
    return at is not None and at >= taken_at
