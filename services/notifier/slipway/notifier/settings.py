"""The notifier's settings; `python -m slipway.notifier --help` prints this list."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from slipway.runtime.process import Process
from slipway.telemetry.settings import KafkaUrl, LogLevel, MongodbUrl, Port


class Mail(BaseModel):
    """Where mail goes out and to whom."""

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
        None, description="Slack's incoming webhook; the first channel where it is set"
    )
    notifier_mail: Mail | None = Field(
        None,
        description='{"host", "port", "sender", "recipients": "a@x, b@x", "username", "password"}',
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
    notifier_reminder_seconds: tuple[float, float] = Field(
        (900, 3600), description="[first, later]: an incident that nobody acknowledged is repeated"
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
