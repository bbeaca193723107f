"""Sends messages to Slack by an incoming webhook.

The retry handlers of slack_sdk are off. After a lost reply they would send a second message that is
not marked as a repeat (measured).
"""

import html
import logging
from collections.abc import Mapping
from datetime import timedelta

import aiohttp
from slack_sdk.webhook.async_client import AsyncWebhookClient

from slipway.notifier.notifications.port import (
    OutcomeUnknown,
    Refused,
    RenderedMessage,
    SendFailed,
    TryLater,
)

_TOO_MANY_REQUESTS = 429


class Slack:
    """Sends to one Slack channel.

    The webhook URL is a secret, so it appears in no error and no log.
    """

    name = "slack"

    def __init__(self, webhook_url: str, *, timeout_seconds: float = 5.0) -> None:
        # At DEBUG slack_sdk would log the URL.
        logger = logging.getLogger(f"{__name__}.client")
        logger.setLevel(logging.WARNING)
        self._client = AsyncWebhookClient(
            webhook_url,
            timeout=timeout_seconds,  # type: ignore[arg-type]  # aiohttp accepts a float
            retry_handlers=[],
            logger=logger,
        )

    async def send(self, message: RenderedMessage) -> None:
        icon = ":red_circle:" if message.urgent else ":large_yellow_circle:"
        # Escaped, or a product named `<!channel>` would notify the whole channel.
        subject, body = (html.escape(text, quote=False) for text in (message.subject, message.body))
        # `from None`: the client's errors may contain the URL.
        try:
            response = await self._client.send(text=f"{icon} *{subject}*\n{body}")
        except (aiohttp.ClientConnectorError, ConnectionRefusedError):
            raise TryLater("Slack can't be reached.") from None
        except (TimeoutError, aiohttp.ClientError, OSError):
            raise OutcomeUnknown("Slack gave no answer.") from None
        if response.status_code != 200:
            raise _failure(response.status_code, response.headers)


def _failure(status: int, headers: Mapping[str, str]) -> SendFailed:
    """Returns the error for the HTTP status of Slack's answer.

    https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks#handling_errors.
    """
    problem = f"Slack answered {status}."
    if status == _TOO_MANY_REQUESTS:
        asked = {name.lower(): value for name, value in headers.items()}.get("retry-after", "")
        retry_after = timedelta(seconds=int(asked)) if asked.isdecimal() else None
        return TryLater(problem, retry_after=retry_after)
    return OutcomeUnknown(problem) if status >= 500 else Refused(problem)
