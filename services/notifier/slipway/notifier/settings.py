"""The notifier's settings; `python -m slipway.notifier --help` prints this list."""

from pathlib import Path

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from slipway.notifier.channels.email import Mailbox
from slipway.telemetry.settings import KafkaUrl, LogLevel, MongodbUrl, Port


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="SLIPWAY_", frozen=True, extra="ignore")

    kafka_url: KafkaUrl = Field(description="Kafka's host:port")
    mongodb_url: MongodbUrl = Field(description="MongoDB's URL (a replica set)")
    namespace: str = Field("slipway", description="prefix of topics, databases and groups")
    notifier_slack_url: SecretStr | None = Field(
        None, description="Slack's incoming webhook; the first channel where it is set"
    )
    notifier_mail: dict[str, str] | None = Field(
        None,
        description='{"host", "port", "sender", "recipients": "a@x, b@x", "username", "password"}',
        repr=False,
    )
    notifier_portal_url: str = Field(
        "http://127.0.0.1:8083", description="the portal as people reach it, for links"
    )
    notifier_probe_url: str | None = Field(
        None, description="the portal as the probe reaches it; none: as people do"
    )
    notifier_portal_key: SecretStr | None = Field(
        None, description="API key that the probe signs in with; none: the portal is not probed"
    )
    notifier_probe_seconds: float = Field(30, gt=0, description="length of a probe's time slot")
    notifier_promise_seconds: float = Field(
        120, gt=0, description="a change not proven this long after it fell due is an incident"
    )
    notifier_missing_seconds: float = Field(
        20, gt=0, description="a service silent for this long is an incident"
    )
    notifier_outage_seconds: float = Field(
        60, gt=0, description="Kafka or MongoDB gone for this long is told without them"
    )
    notifier_dead_man_url: SecretStr | None = Field(
        None, description="asked every minute while all is well; its silence tells of ours"
    )
    notifier_host: str = Field("127.0.0.1", description="address of the health page")
    notifier_port: Port = Field(8084, description="port of the health page and the metrics")
    notifier_instance: str = Field(
        "notifier-1", description="this process's name: kept over restarts, shared with no other"
    )
    otlp_url: str | None = Field(None, description="OpenTelemetry collector; none: no export")
    traces_file: Path | None = Field(None, description="finished spans as JSON lines, for tests")
    log_level: LogLevel = Field("INFO", description="DEBUG, INFO, WARNING or ERROR")

    @model_validator(mode="after")
    def _somebody_hears_it(self) -> "Settings":
        if self.notifier_slack_url is None and self.notifier_mail is None:
            raise ValueError("set SLIPWAY_NOTIFIER_SLACK_URL, SLIPWAY_NOTIFIER_MAIL, or both")
        if self.notifier_mail is not None:
            mailbox(self.notifier_mail)
        return self


def mailbox(fields: dict[str, str]) -> Mailbox:
    """Raises ValueError naming what is missing."""
    missing = {"host", "port", "sender", "recipients"} - fields.keys()
    if missing:
        raise ValueError(f"SLIPWAY_NOTIFIER_MAIL lacks {', '.join(sorted(missing))}")
    return Mailbox(
        host=fields["host"],
        port=int(fields["port"]),
        sender=fields["sender"],
        recipients=tuple(name.strip() for name in fields["recipients"].split(",")),
        username=fields.get("username"),
        password=fields.get("password"),
    )
