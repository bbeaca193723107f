"""E-mail by SMTP. One message per letter; the receipt is the server's answer to DATA."""

import asyncio
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import formatdate, make_msgid, parseaddr

import aiosmtplib

from slipway.notifier.notifications.port import Letter, NotTaken, OutcomeUnknown, Refused, TryLater


@dataclass(frozen=True)
class Mailbox:
    """Where mail goes out and to whom."""

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

    async def send(self, letter: Letter) -> None:
        # From None: the server's words may name people.
        try:
            # The client's own limit is for each command; a slow server could outlast our lease.
            async with asyncio.timeout(self._timeout):
                await self._hand_over(self._message(letter))
        except aiosmtplib.SMTPConnectError:
            raise TryLater("The mail server can't be reached.") from None
        except aiosmtplib.SMTPResponseException as error:
            raise _refusal(error.code) from None
        except aiosmtplib.SMTPRecipientsRefused as error:
            raise _refusal(max(each.code for each in error.recipients)) from None
        except aiosmtplib.SMTPNotSupported:
            raise Refused("The mail server can't do what the settings ask for.") from None
        except (TimeoutError, aiosmtplib.SMTPException, OSError):
            raise OutcomeUnknown("The mail server gave no answer.") from None

    def _message(self, letter: Letter) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self._mailbox.sender
        message["To"] = ", ".join(self._mailbox.recipients)
        message["Subject"] = letter.subject
        message["Date"] = formatdate()
        domain = parseaddr(self._mailbox.sender)[1].rpartition("@")[2]
        message["Message-ID"] = make_msgid(domain=domain or None)
        message.set_content(letter.body)
        return message

    async def _hand_over(self, message: EmailMessage) -> None:
        """STARTTLS where the server offers it."""
        await aiosmtplib.send(
            message,
            hostname=self._mailbox.host,
            port=self._mailbox.port,
            username=self._mailbox.username,
            password=self._mailbox.password,
            timeout=self._timeout,
        )


def _refusal(code: int) -> NotTaken:
    """RFC 5321, 4.2.1: 4xx may work later, 5xx won't."""
    problem = f"The mail server answered {code}."
    return Refused(problem) if code >= 500 else TryLater(problem)
