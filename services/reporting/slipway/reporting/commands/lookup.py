"""Follows a decision: what the read models know of it, and of what it was about."""

from datetime import datetime
from typing import Any

from slipway.reporting.commands.status import Standing, standing
from slipway.reporting.context import Desk
from slipway.reporting.ports import View


async def stands(desk: Desk, found: View | None, issued_at: datetime) -> Standing:
    """`found`: the decision's view, None while nothing has come back from Kafka."""
    target = await _target(desk, (found or {}).get("target", {}))
    return standing(found, target, issued_at=issued_at, now=desk.clock())


async def _target(desk: Desk, named: dict[str, Any]) -> View | None:
    for name, collection in (("vps_id", "fleet"), ("dead_letter_id", "dead_letters")):
        if named.get(name):
            return await desk.questions.one(collection, named[name])
    return None
