"""Opens the notification channels that the settings name. `wiring` calls it."""

from slipway.notifier.notifications.channels.email import Email, Mailbox
from slipway.notifier.notifications.channels.slack import Slack
from slipway.notifier.notifications.port import NotificationChannel
from slipway.notifier.settings import Mail, Settings


def channels_of(settings: Settings) -> list[NotificationChannel]:
    """Returns the channels in the sequence in which they are tried.

    Raises SystemExit if none is configured.
    """
    channels: list[NotificationChannel] = []
    if settings.notifier_slack_url is not None:
        channels.append(Slack(settings.notifier_slack_url.get_secret_value()))
    if settings.notifier_mail is not None:
        channels.append(Email(_mailbox(settings.notifier_mail)))
    if not channels:
        raise SystemExit("set SLIPWAY_NOTIFIER_SLACK_URL, SLIPWAY_NOTIFIER_MAIL, or both")
    return channels


def _mailbox(mail: Mail) -> Mailbox:
    password = None if mail.password is None else mail.password.get_secret_value()
    return Mailbox(mail.host, mail.port, mail.sender, mail.each_recipient, mail.username, password)
