"""An SMTP server that stores the mails it receives and can simulate faults."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes, policy
from typing import cast

from aiosmtpd.smtp import SMTP, Envelope, Session

from slipway.simulators.fault_triggers import Downtime, FaultTrigger
from slipway.simulators.ports import Clock, RandomSource


@dataclass(frozen=True)
class Mail:
    at: datetime
    sender: str
    recipients: tuple[str, ...]
    subject: str
    text: str


@dataclass
class MailInbox:
    clock: Clock
    rng: RandomSource
    messages: list[Mail] = field(default_factory=list)
    fail: FaultTrigger = field(default_factory=FaultTrigger)
    lose_reply: FaultTrigger = field(default_factory=FaultTrigger)
    """Accepts the mail without an answer to the sender."""
    downtime: Downtime = field(init=False)

    def __post_init__(self) -> None:
        self.downtime = Downtime(self.clock)

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        if self.downtime.is_on or self.fail.strikes(self.rng):
            return "451 4.3.0 simulated failure; try later"
        self.messages.append(self._read(envelope))
        if self.lose_reply.strikes(self.rng) and server.transport is not None:
            cast(asyncio.Transport, server.transport).abort()
        return "250 2.0.0 OK"

    def _read(self, envelope: Envelope) -> Mail:
        content = envelope.content or b""
        raw = content if isinstance(content, bytes) else content.encode()
        message = message_from_bytes(raw, policy=policy.default)
        body = message.get_body(("plain", "html"))
        return Mail(
            at=self.clock(),
            sender=envelope.mail_from or "",
            recipients=tuple(envelope.rcpt_tos),
            subject=str(message.get("Subject", "")),
            text=body.get_content() if body is not None else "",
        )


@asynccontextmanager
async def serve_mail(inbox: MailInbox, host: str, port: int) -> AsyncIterator[int]:
    """Runs the SMTP server and yields its port. If the given port is 0, a free port is chosen."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(inbox, hostname="mail.simulator", loop=loop, enable_SMTPUTF8=True), host, port
    )
    async with server:
        yield server.sockets[0].getsockname()[1]
