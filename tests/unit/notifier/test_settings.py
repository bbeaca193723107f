"""Settings: a wrong value is named, and no secret is shown."""

import json

import pytest
from slipway.notifier.configured_channels import channels_of
from slipway.notifier.settings import Settings
from slipway.telemetry.settings import describe, load

MAIL = {"host": "mail", "port": "25", "sender": "s@x.example", "recipients": "a@x.example, b@y"}
PASSWORD = "smtp-password-of-the-test"
SLACK = "https://hooks.slack.example/services/T0/B0/secret-of-the-test"


@pytest.fixture(autouse=True)
def _backing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLIPWAY_KAFKA_URL", "localhost:9092")
    monkeypatch.setenv("SLIPWAY_MONGODB_URL", "mongodb://localhost")


def test_slack_is_the_first_channel_and_mail_the_second(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLIPWAY_NOTIFIER_SLACK_URL", SLACK)
    monkeypatch.setenv("SLIPWAY_NOTIFIER_MAIL", json.dumps(MAIL))
    settings = load(Settings)
    assert [channel.name for channel in channels_of(settings)] == ["slack", "email"]
    assert settings.notifier_mail is not None
    assert settings.notifier_mail.each_recipient == ("a@x.example", "b@y")


def test_the_service_does_not_start_without_a_channel() -> None:
    settings = load(Settings)
    with pytest.raises(SystemExit, match="SLIPWAY_NOTIFIER_SLACK_URL"):
        channels_of(settings)


@pytest.mark.parametrize(
    ("change", "named"),
    [({"host": None}, "host"), ({"port": "smtp"}, "port"), ({"to": "a@x"}, "to")],
    ids=["missing", "no number", "not known"],
)
def test_a_wrong_mail_setting_is_named_with_its_variable(
    change: dict[str, str | None],
    named: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    fields = {**MAIL, "password": PASSWORD, **change}
    given = {name: value for name, value in fields.items() if value is not None}
    monkeypatch.setenv("SLIPWAY_NOTIFIER_MAIL", json.dumps(given))
    with pytest.raises(SystemExit):
        load(Settings)
    said = capsys.readouterr().err
    assert f"SLIPWAY_NOTIFIER_MAIL at '{named}': " in said
    assert PASSWORD not in said


def test_no_printed_setting_shows_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLIPWAY_NOTIFIER_SLACK_URL", SLACK)
    monkeypatch.setenv("SLIPWAY_NOTIFIER_MAIL", json.dumps({**MAIL, "password": PASSWORD}))
    monkeypatch.setenv("SLIPWAY_NOTIFIER_DEAD_MANS_SWITCH_URL", SLACK)
    settings = load(Settings)
    shown = f"{settings!r} {describe(Settings)} {vars(channels_of(settings)[1])}"
    assert "secret-of-the-test" not in shown
    assert PASSWORD not in shown


def test_reminders_are_two_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load(Settings).notifier_reminder_seconds == (900, 3600)
    monkeypatch.setenv("SLIPWAY_NOTIFIER_REMINDER_SECONDS", "[1, 2.5]")
    assert load(Settings).notifier_reminder_seconds == (1, 2.5)
