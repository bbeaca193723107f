"""Routes under `/_sim` that read the Slack and mail inboxes and change their faults."""

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from slipway.simulators.fault_changes import TriggerChange, apply_change
from slipway.simulators.inboxes.mail import MailInbox
from slipway.simulators.inboxes.slack import Slack

Json = dict[str, Any]


class InboxFaultsChange(BaseModel):
    fail: TriggerChange | None = None
    lose_reply: TriggerChange | None = None
    down_seconds: float | None = None
    """The length of an outage that starts now. 0 ends a running outage."""


def build_inbox_admin(name: str, inbox: Slack | MailInbox) -> APIRouter:
    router = APIRouter(prefix=f"/_sim/{name}", tags=[name])

    @router.get("/messages")
    async def messages() -> list[Json]:
        return [asdict(one) for one in inbox.messages]

    @router.delete("/messages", status_code=204)
    async def empty() -> None:
        inbox.messages.clear()

    @router.put("/faults")
    async def faults(given: InboxFaultsChange) -> Json:
        apply_change(inbox, given, but={"down_seconds"})
        if given.down_seconds is not None:
            inbox.downtime.begin(given.down_seconds)
        return {
            "fail": asdict(inbox.fail),
            "lose_reply": asdict(inbox.lose_reply),
            "down_until": inbox.downtime.until,
        }

    return router
