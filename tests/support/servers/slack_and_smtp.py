"""Fake Slack and SMTP servers on real sockets, with answers that a test chooses.

They store messages in the simulators' inboxes, and add answers that the simulators don't give.
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
PATIENCE_SECONDS = 0.4


class FakeServer(Protocol):
    """A fake server and a notification channel connected to it."""

    channel: NotificationChannel
    gone: NotificationChannel
    """The same channel, connected to a closed port."""

    @property
    def asked(self) -> int:
        """The number of delivery attempts."""

    def will(self, answer: str) -> None:
        """Sets the answer: `take`, `be busy`, `fail`, `refuse`, `lose the reply`, or `hang`.

        Slack also supports `take and hang`.
        """

    def texts(self) -> list[str]:
        """Returns the accepted messages, each with its subject."""


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
        if self.answer == "hang":
            await asyncio.sleep(PATIENCE_SECONDS * 4)
        if self.answer == "take and hang":
            self.let_go.clear()
            self.inbox.take(await Request(scope, receive).json())
            await self.let_go.wait()
            return
        if self.answer in self._SAID:
            status, text, headers = self._SAID[self.answer]
            await PlainTextResponse(text, status, headers)(scope, receive, send)
            return
        await Starlette(routes=[Mount("/services", build_slack(self.inbox))])(scope, receive, send)


@contextlib.asynccontextmanager
async def fake_slack() -> AsyncIterator[FakeSlack]:
    inbox = SlackInbox(lambda: datetime.now(UTC), random.Random(1))  # noqa: S311 - a seed
    nowhere = Slack(f"http://127.0.0.1:{free_port()}{PATH}", timeout_seconds=PATIENCE_SECONDS)
    post = FakeSlack(inbox, nowhere, nowhere)
    async with served_app(post) as url:
        post.url = url + PATH
        post.channel = Slack(url + PATH, timeout_seconds=PATIENCE_SECONDS)
        yield post


class FakeMailInbox(MailInbox):
    """The simulated mail inbox with more answers."""

    answer = "take"
    asked = 0
    raw = b""

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name and arguments
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: object
    ) -> str:
        await self._delay()
        envelope.mail_from = address
        return "250 OK"

    async def _delay(self) -> None:
        """Delays a step. Each step is shorter than the time-out, all steps together are longer."""
        if self.answer == "dawdle":
            await asyncio.sleep(PATIENCE_SECONDS * 0.8)

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
            await asyncio.sleep(PATIENCE_SECONDS * 4)
        await self._delay()
        if self.answer == "be busy":
            return "421 4.7.0 too many messages"
        self.raw = cast(bytes, envelope.content)
        return await super().handle_DATA(server, _session, envelope)


@contextlib.asynccontextmanager
async def slack_that_closes_the_connection() -> AsyncIterator[tuple[Slack, list[bytes]]]:
    """Yields a channel whose server closes the connection unanswered, and the received requests."""
    taken: list[bytes] = []

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        taken.append(await reader.read(65536))
        writer.close()

    async with await asyncio.start_server(take, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        yield Slack(f"http://127.0.0.1:{port}{PATH}", timeout_seconds=PATIENCE_SECONDS * 10), taken


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


def _email(port: int, password: str | None = None) -> Email:
    mailbox = Mailbox(
        host="127.0.0.1",
        port=port,
        sender="Slipway <slipway@x.example>",
        recipients=("admin@x.example",),
        username=None if password is None else "user-of-the-test",
        password=password,
    )
    return Email(mailbox, timeout_seconds=PATIENCE_SECONDS)


@contextlib.asynccontextmanager
async def mail_server_that_accepts_no_password() -> AsyncIterator[Email]:
    """Yields a channel whose server requires a password and accepts none."""
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
        yield _email(server.sockets[0].getsockname()[1], "password-of-the-test")


@contextlib.asynccontextmanager
async def fake_mail() -> AsyncIterator[FakeMail]:
    inbox = FakeMailInbox(lambda: datetime.now(UTC), random.Random(1))  # noqa: S311 - a seed
    async with serve_mail(inbox, "127.0.0.1", 0) as port:
        yield FakeMail(inbox, _email(port), _email(free_port()), port)
