"""The notifier's settings; `python -m slipway.notifier --help` prints this list."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from slipway.runtime.process import Process
from slipway.telemetry.settings import KafkaUrl, LogLevel, MongodbUrl, Port


class Mail(BaseModel):
    """The mail server, the sender and the recipients."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str
    port: int = Field(gt=0)
    sender: str
    recipients: str = Field(pattern="@")
    username: str | None = None
    password: SecretStr | None = None

    @property
    def each_recipient(self) -> tuple[str, ...]:
        return tuple(name.strip() for name in self.recipients.split(",") if name.strip())


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="SLIPWAY_", frozen=True, extra="ignore")

    kafka_url: KafkaUrl = Field(description="Kafka's host:port")
    mongodb_url: MongodbUrl = Field(description="MongoDB's URL (a replica set)")
    namespace: str = Field("slipway", description="prefix of topics, databases and groups")
    notifier_slack_url: SecretStr | None = Field(
        None, description="URL of Slack's incoming webhook; if set, the first channel"
    )
    notifier_mail: Mail | None = Field(
        None,
        description='{"host", "port", "sender", "recipients": "a@x, b@x", "username", "password"}',
    )
    notifier_portal_url: str = Field(
        "http://127.0.0.1:8083", description="public URL of the portal, for links in messages"
    )
    notifier_probe_url: str | None = Field(
        None, description="URL at which the probe reaches the portal; none: the public URL"
    )
    notifier_probe_api_key: SecretStr | None = Field(
        None, description="API key of the portal probe; none: the portal is not probed"
    )
    notifier_probe_seconds: float = Field(
        30, gt=0, description="length of a time slot of the portal probe"
    )
    notifier_overdue_seconds: float = Field(
        120,
        gt=0,
        description="a change that is not proven so long after it fell due is an incident",
    )
    notifier_heartbeat_timeout_seconds: float = Field(
        20, gt=0, description="a service without a heartbeat for so long is an incident"
    )
    notifier_reminder_seconds: tuple[float, float] = Field(
        (900, 3600), description="[first, later]: reminders of an incident until it is acknowledged"
    )
    notifier_outage_seconds: float = Field(
        60, gt=0, description="an outage of Kafka or MongoDB of this length sends a fallback alert"
    )
    notifier_dead_mans_switch_url: SecretStr | None = Field(
        None,
        description="dead man's switch: URL called every minute while the notifier is healthy",
    )
    notifier_host: str = Field(
        "127.0.0.1", description="address of the health page and the metrics"
    )
    notifier_port: Port = Field(8084, description="port of the health page and the metrics")
    notifier_instance: str = Field(
        "notifier-1", description="name of this process: unique, and the same after a restart"
    )
    otlp_url: str | None = Field(None, description="OpenTelemetry collector; none: no export")
    traces_file: Path | None = Field(None, description="finished spans as JSON lines, for tests")
    log_level: LogLevel = Field("INFO", description="DEBUG, INFO, WARNING or ERROR")

    @property
    def process(self) -> Process:
        return Process(
            service="notifier",
            instance=self.notifier_instance,
            kafka_url=self.kafka_url,
            mongodb_url=self.mongodb_url,
            namespace=self.namespace,
            http_host=self.notifier_host,
            http_port=self.notifier_port,
        )
