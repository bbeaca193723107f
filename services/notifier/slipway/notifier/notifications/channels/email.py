"""Sends e-mail by SMTP. The receipt is the server's positive answer to DATA."""

import asyncio
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import formatdate, make_msgid, parseaddr

import aiosmtplib

from slipway.notifier.notifications.port import (
    OutcomeUnknown,
    Refused,
    RenderedMessage,
    SendFailed,
    TryLater,
)


@dataclass(frozen=True)
class Mailbox:
    """The mail server, the sender and the recipients."""

    host: str
    port: int
    sender: str
    recipients: tuple[str, ...]
    username: str | None = None
    password: str | None = field(default=None, repr=False)


class Email:
    name = "email"

    def __init__(self, mailbox: Mailbox, *, timeout_seconds: float = 10.0) -> None:
        self._mailbox = mailbox
        self._timeout = timeout_seconds

    async def send(self, message: RenderedMessage) -> None:
        # `from None`: the answer of the server may contain addresses.
        try:
            # The client limits only each SMTP command, so a slow server could outlast our lease.
            async with asyncio.timeout(self._timeout):
                await self._transmit(self._mail(message))
        except aiosmtplib.SMTPConnectError:
            raise TryLater("The mail server can't be reached.") from None
        except aiosmtplib.SMTPResponseException as error:
            raise _failure(error.code) from None
        except aiosmtplib.SMTPRecipientsRefused as error:
            raise _failure(max(each.code for each in error.recipients)) from None
        except aiosmtplib.SMTPNotSupported:
            raise Refused("The mail server does not support what the settings require.") from None
        except (TimeoutError, aiosmtplib.SMTPException, OSError):
            raise OutcomeUnknown("The mail server gave no answer.") from None

    def _mail(self, message: RenderedMessage) -> EmailMessage:
        mail = EmailMessage()
        mail["From"] = self._mailbox.sender
        mail["To"] = ", ".join(self._mailbox.recipients)
        mail["Subject"] = message.subject
        mail["Date"] = formatdate()
        domain = parseaddr(self._mailbox.sender)[1].rpartition("@")[2]
        mail["Message-ID"] = make_msgid(domain=domain or None)
        mail.set_content(message.body)
        return mail

    async def _transmit(self, mail: EmailMessage) -> None:
        """Sends the mail, with STARTTLS if the server offers it."""
        await aiosmtplib.send(
            mail,
            hostname=self._mailbox.host,
            port=self._mailbox.port,
            username=self._mailbox.username,
            password=self._mailbox.password,
            timeout=self._timeout,
        )


def _failure(code: int) -> SendFailed:
    """Returns TryLater for a code 4xx, Refused for 5xx (RFC 5321, 4.2.1).

    After 4xx a retry may succeed, after 5xx it won't.
    """
    problem = f"The mail server answered {code}."
    return Refused(problem) if code >= 500 else TryLater(problem)
