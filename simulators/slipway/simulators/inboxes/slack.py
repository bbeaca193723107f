"""A Slack channel with an incoming webhook. It stores the messages and can simulate faults."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from slipway.simulators.aborted_response import AbortedResponse
from slipway.simulators.fault_triggers import Downtime, FaultTrigger
from slipway.simulators.ports import Clock, RandomSource

PATH = "/services/T00000000/B00000000/slipwaysimulator0000000"


@dataclass(frozen=True)
class SlackMessage:
    at: datetime
    text: str
    payload: dict[str, Any]


@dataclass
class Slack:
    clock: Clock
    rng: RandomSource
    messages: list[SlackMessage] = field(default_factory=list)
    fail: FaultTrigger = field(default_factory=FaultTrigger)
    lose_reply: FaultTrigger = field(default_factory=FaultTrigger)
    """Accepts the message without an answer to the sender."""
    downtime: Downtime = field(init=False)

    def __post_init__(self) -> None:
        self.downtime = Downtime(self.clock)

    def take(self, payload: dict[str, Any]) -> None:
        text = str(payload.get("text") or _first_text(payload.get("blocks")))
        self.messages.append(SlackMessage(self.clock(), text, payload))


def build_slack(slack: Slack) -> Starlette:
    """Returns an application to mount at `/services`."""

    async def post(request: Request) -> Response:
        if slack.downtime.is_on or slack.fail.strikes(slack.rng):
            return PlainTextResponse("server_error", 500)
        payload = _payload(request.headers.get("content-type", ""), await request.body())
        if payload is None:
            return PlainTextResponse("invalid_payload", 400)
        if not (payload.get("text") or payload.get("blocks") or payload.get("attachments")):
            return PlainTextResponse("no_text", 400)
        slack.take(payload)
        return AbortedResponse() if slack.lose_reply.strikes(slack.rng) else PlainTextResponse("ok")

    return Starlette(routes=[Route(PATH.removeprefix("/services"), post, methods=["POST"])])


def _payload(content_type: str, body: bytes) -> dict[str, Any] | None:
    """Returns the message from a JSON body, or from a form with JSON in `payload`.

    Slack accepts both.
    """
    try:
        if content_type.startswith("application/x-www-form-urlencoded"):
            body = parse_qs(body.decode())["payload"][0].encode()
        found = json.loads(body)
    except (ValueError, KeyError):
        return None
    return found if isinstance(found, dict) else None


def _first_text(blocks: object) -> str:
    for block in blocks if isinstance(blocks, list) else []:
        text = block.get("text") if isinstance(block, dict) else None
        if isinstance(text, dict) and text.get("text"):
            return str(text["text"])
    return ""
