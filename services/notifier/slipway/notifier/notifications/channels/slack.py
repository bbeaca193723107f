"""Slack by an incoming webhook.

Retries are ours alone: slack_sdk repeats by itself after a dropped reply, which would be a second
message without a mark (measured), so its handlers are off.
"""

import html
import logging
from collections.abc import Mapping
from datetime import timedelta

import aiohttp
from slack_sdk.webhook.async_client import AsyncWebhookClient

from slipway.notifier.notifications.port import Letter, NotTaken, OutcomeUnknown, Refused, TryLater

_TOO_MANY = 429


class Slack:
    """Takes a webhook URL, which is a secret: it never appears in an error or a log."""

    name = "slack"

    def __init__(self, webhook_url: str, *, timeout_seconds: float = 5.0) -> None:
        # At DEBUG slack_sdk would log the URL.
        logger = logging.getLogger(f"{__name__}.client")
        logger.setLevel(logging.WARNING)
        self._client = AsyncWebhookClient(
            webhook_url,
            timeout=timeout_seconds,  # type: ignore[arg-type]  # it goes to aiohttp as it is
            retry_handlers=[],
            logger=logger,
        )

    async def send(self, letter: Letter) -> None:
        mark = ":red_circle:" if letter.urgent else ":large_yellow_circle:"
        # Escaped, or a product called `<!channel>` would call everybody.
        subject, body = (html.escape(text, quote=False) for text in (letter.subject, letter.body))
        # From None: the client's errors may name the URL.
        try:
            response = await self._client.send(text=f"{mark} *{subject}*\n{body}")
        except (aiohttp.ClientConnectorError, ConnectionRefusedError):
            raise TryLater("Slack can't be reached.") from None
        except (TimeoutError, aiohttp.ClientError, OSError):
            raise OutcomeUnknown("Slack gave no answer.") from None
        if response.status_code != 200:
            raise _not_taken(response.status_code, response.headers)


def _not_taken(status: int, headers: Mapping[str, str]) -> NotTaken:
    """https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks#handling_errors."""
    problem = f"Slack answered {status}."
    if status == _TOO_MANY:
        asked = {name.lower(): value for name, value in headers.items()}.get("retry-after", "")
        wait = timedelta(seconds=int(asked)) if asked.isdecimal() else None
        return TryLater(problem, wait=wait)
    return OutcomeUnknown(problem) if status >= 500 else Refused(problem)
