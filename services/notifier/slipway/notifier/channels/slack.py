"""Slack by an incoming webhook.

Retries are ours alone: slack_sdk repeats by itself after a dropped reply, which would be a second
message without a mark (measured), so its handlers are off.
"""

from datetime import timedelta

import aiohttp
from slack_sdk.webhook.async_client import AsyncWebhookClient

from slipway.notifier.ports import Letter, NotTaken


class Slack:
    """Takes a webhook URL, which is a secret: it never appears in an error."""

    name = "slack"

    def __init__(self, webhook_url: str, *, timeout_seconds: int = 5) -> None:
        self._client = AsyncWebhookClient(webhook_url, timeout=timeout_seconds, retry_handlers=[])

    async def send(self, letter: Letter) -> None:
        mark = ":red_circle:" if letter.urgent else ":large_yellow_circle:"
        try:
            response = await self._client.send(text=f"{mark} *{letter.subject}*\n{letter.body}")
        except (aiohttp.ClientConnectorError, ConnectionRefusedError) as error:
            raise NotTaken("Slack can't be reached.", in_doubt=False) from error
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise NotTaken("Slack gave no answer.", in_doubt=True) from error
        if response.status_code == 200:
            return
        wait = response.headers.get("Retry-After") or response.headers.get("retry-after")
        raise NotTaken(
            f"Slack answered {response.status_code}.",
            in_doubt=response.status_code >= 500,
            wait=timedelta(seconds=float(wait)) if wait and wait.isdigit() else None,
        )
