"""E-mail by SMTP. One message per letter; the receipt is the server's answer to DATA."""

from dataclasses import dataclass
from email.message import EmailMessage

import aiosmtplib

from slipway.notifier.ports import Letter, NotTaken


@dataclass(frozen=True)
class Mailbox:
    """Where mail goes out and to whom."""

    host: str
    port: int
    sender: str
    recipients: tuple[str, ...]
    username: str | None = None
    password: str | None = None
    start_tls: bool | None = None
    """None: use it when the server offers it."""


class Email:
    name = "email"

    def __init__(self, mailbox: Mailbox, *, timeout_seconds: float = 10.0) -> None:
        self._mailbox = mailbox
        self._timeout = timeout_seconds

    async def send(self, letter: Letter) -> None:
        message = EmailMessage()
        message["From"] = self._mailbox.sender
        message["To"] = ", ".join(self._mailbox.recipients)
        message["Subject"] = letter.subject
        message.set_content(letter.body)
        try:
            await aiosmtplib.send(
                message,
                hostname=self._mailbox.host,
                port=self._mailbox.port,
                username=self._mailbox.username,
                password=self._mailbox.password,
                start_tls=self._mailbox.start_tls,
                timeout=self._timeout,
            )
        except (aiosmtplib.SMTPConnectError, ConnectionRefusedError) as error:
            raise NotTaken("The mail server can't be reached.", in_doubt=False) from error
        except aiosmtplib.SMTPResponseException as error:
            raise NotTaken(f"The mail server answered {error.code}.", in_doubt=False) from error
        except (TimeoutError, aiosmtplib.SMTPException, OSError) as error:
            raise NotTaken("The mail server gave no answer.", in_doubt=True) from error
