"""Slack and an SMTP server on real sockets, which answer as a test tells them.

Accepted messages go to the simulators' inboxes. This module adds the answers that those lack.
"""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol, cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from slipway.backing.child import free_port
from slipway.notifier.notifications.channels.email import Email, Mailbox
from slipway.notifier.notifications.channels.slack import Slack
from slipway.notifier.notifications.port import NotificationChannel
from slipway.simulators.inboxes.mail import MailInbox, serve_mail
from slipway.simulators.inboxes.slack import PATH, build_slack
from slipway.simulators.inboxes.slack import Slack as SlackInbox
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Mount
from starlette.types import Receive, Scope, Send

from tests.support.servers.asgi import served_app

SECRETS = ("slipwaysimulator0000000", "password-of-the-test", "user-of-the-test")
PATIENCE_SECONDS = 60.0
"""A channel's time limit in tests that are not about time limits."""


class FakeServer(Protocol):
    """One server with a channel to it."""

    channel: NotificationChannel
    gone: NotificationChannel
    """The same channel to a port without a server."""

    @property
    def asked(self) -> int:
        """The number of requests to accept a message."""

    def will(self, answer: str) -> None:
        """Set the next answers: `take`, `be busy`, `fail`, `refuse`, `lose the reply`, `hang`.

        `hang` never answers. Slack only: `take and hang`. E-mail only: `dawdle`.
        """

    def texts(self) -> list[str]:
        """Return the accepted messages, each with its subject."""


@dataclass
class FakeSlack:
    inbox: SlackInbox
    channel: NotificationChannel
    gone: NotificationChannel
    url: str = ""
    answer: str = "take"
    asked: int = 0
    let_go: asyncio.Event = field(default_factory=asyncio.Event)

    _SAID = {  # noqa: RUF012 - a table
        "be busy": (429, "rate_limited", {"Retry-After": "7"}),
        "refuse": (404, "no_service", {}),
    }

    def will(self, answer: str) -> None:
        self.answer = answer
        self.let_go.set()
        self.inbox.fail.armed = 1000 if answer == "fail" else 0
        self.inbox.lose_reply.armed = 1000 if answer == "lose the reply" else 0

    def texts(self) -> list[str]:
        return [message.text for message in self.inbox.messages]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked += 1
        if self.answer in {"hang", "take and hang"}:
            self.let_go.clear()
            if self.answer == "take and hang":
                self.inbox.take(await Request(scope, receive).json())
            await self.let_go.wait()
            return
        if self.answer in self._SAID:
            status, text, headers = self._SAID[self.answer]
            await PlainTextResponse(text, status, headers)(scope, receive, send)
            return
        await Starlette(routes=[Mount("/services", build_slack(self.inbox))])(scope, receive, send)


@contextlib.asynccontextmanager
async def fake_slack(timeout_seconds: float = PATIENCE_SECONDS) -> AsyncIterator[FakeSlack]:
    inbox = SlackInbox(lambda: datetime.now(UTC), random.Random(1))  # noqa: S311 - a seed
    gone = Slack(f"http://127.0.0.1:{free_port()}{PATH}", timeout_seconds=timeout_seconds)
    server = FakeSlack(inbox, gone, gone)
    async with served_app(server) as url:
        server.url = url + PATH
        server.channel = Slack(url + PATH, timeout_seconds=timeout_seconds)
        try:
            yield server
        finally:
            server.let_go.set()


class FakeMailInbox(MailInbox):
    """The simulated inbox, with the answers that it lacks."""

    answer = "take"
    asked = 0
    raw = b""
    step_seconds = 0.0
    """The delay of each step in the answer `dawdle`."""
    closing: asyncio.Event

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name and arguments
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: object
    ) -> str:
        await self._delay()
        envelope.mail_from = address
        return "250 OK"

    async def _delay(self) -> None:
        if self.answer == "dawdle":
            await asyncio.sleep(self.step_seconds)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name and arguments
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: object
    ) -> str:
        self.asked += 1
        await self._delay()
        if self.answer == "refuse":
            return "550 5.1.1 nobody here knows user-of-the-test"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        if self.answer == "hang":
            await self.closing.wait()
        await self._delay()
        if self.answer == "be busy":
            return "421 4.7.0 too many messages"
        self.raw = cast(bytes, envelope.content)
        return await super().handle_DATA(server, _session, envelope)


@contextlib.asynccontextmanager
async def slack_that_closes_the_connection() -> AsyncIterator[tuple[Slack, list[bytes]]]:
    """Closes the connection without an answer. Yields the channel and the received requests."""
    taken: list[bytes] = []

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        taken.append(await reader.read(65536))
        writer.close()

    async with await asyncio.start_server(take, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        yield Slack(f"http://127.0.0.1:{port}{PATH}", timeout_seconds=PATIENCE_SECONDS), taken


@dataclass
class FakeMail:
    inbox: FakeMailInbox
    channel: NotificationChannel
    gone: NotificationChannel
    port: int

    @property
    def asked(self) -> int:
        return self.inbox.asked

    def will(self, answer: str) -> None:
        self.inbox.answer = answer
        self.inbox.fail.armed = 1000 if answer == "fail" else 0
        self.inbox.lose_reply.armed = 1000 if answer == "lose the reply" else 0

    def texts(self) -> list[str]:
        return [f"{mail.subject}\n{mail.text}" for mail in self.inbox.messages]


def _email(port: int, timeout_seconds: float, password: str | None = None) -> Email:
    mailbox = Mailbox(
        host="127.0.0.1",
        port=port,
        sender="Slipway <slipway@x.example>",
        recipients=("admin@x.example",),
        username=None if password is None else "user-of-the-test",
        password=password,
    )
    return Email(mailbox, timeout_seconds=timeout_seconds)


@contextlib.asynccontextmanager
async def mail_server_that_accepts_no_password() -> AsyncIterator[Email]:
    """Requires a password and accepts none."""
    loop = asyncio.get_running_loop()
    no = AuthResult(success=False, handled=False)
    server = await loop.create_server(
        lambda: SMTP(
            FakeMailInbox(lambda: datetime.now(UTC), random.Random(1)),  # noqa: S311 - a seed
            authenticator=lambda *_: no,
            auth_require_tls=False,
            loop=loop,
        ),
        "127.0.0.1",
        0,
    )
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield _email(port, PATIENCE_SECONDS, "password-of-the-test")


@contextlib.asynccontextmanager
async def fake_mail(timeout_seconds: float = PATIENCE_SECONDS) -> AsyncIterator[FakeMail]:
    inbox = FakeMailInbox(lambda: datetime.now(UTC), random.Random(1))  # noqa: S311 - a seed
    inbox.closing = asyncio.Event()
    inbox.step_seconds = timeout_seconds * 0.8
    async with serve_mail(inbox, "127.0.0.1", 0) as port:
        channel, gone = _email(port, timeout_seconds), _email(free_port(), timeout_seconds)
        try:
            yield FakeMail(inbox, channel, gone, port)
        finally:
            inbox.closing.set()
