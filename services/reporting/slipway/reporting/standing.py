"""How far a decision has come: sent, taken, done, refused, or nobody took it (pure)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from slipway.reporting.decisions import KIND_OF

_NOBODY_AFTER = timedelta(seconds=5)
_PROVEN_LATER = {"retry", "resolve", "create", "delete", "release", "adopt"}
"""Taken is a promise here; done is the proof at the provider."""


@dataclass(frozen=True)
class Standing:
    word: str
    """`sent`, `taken`, `done`, `refused`, `nobody took it`."""
    detail: str
    final: bool


def standing(
    decision: dict[str, Any] | None,
    target: dict[str, Any] | None,
    *,
    issued_at: datetime,
    now: datetime,
) -> Standing:
    """`target`: the VPS's view, for decisions that end with a proof."""
    found = decision or {}
    if found.get("refused_at"):
        return Standing("refused", found["refusal"], final=True)
    if taken_at := found.get("taken_at"):
        kind = KIND_OF.get(found.get("type", ""), "")
        if kind not in _PROVEN_LATER or _proven_since(target, taken_at):
            return Standing("done", "", final=True)
        return Standing("taken", "being carried out", final=False)
    if now - issued_at > _NOBODY_AFTER:
        away = "the service that should is away; it will when it is back"
        return Standing("nobody took it", away, final=False)
    return Standing("sent", "", final=False)


def _proven_since(target: dict[str, Any] | None, taken_at: datetime) -> bool:
    proven_at = (target or {}).get("proven_at")
    return proven_at is not None and proven_at >= taken_at
