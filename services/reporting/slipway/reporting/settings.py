"""The settings of the reporting service. `python -m slipway.reporting --help` lists them."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from slipway.runtime.process import Process
from slipway.telemetry.settings import KafkaUrl, LogLevel, MongodbUrl, Port


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="SLIPWAY_", frozen=True, extra="ignore")

    kafka_url: KafkaUrl = Field(description="Kafka's host:port")
    mongodb_url: MongodbUrl = Field(description="MongoDB's URL (a replica set)")
    reporting_session_secret: SecretStr = Field(
        min_length=16,
        description="secret for session and API key digests, never changed: `openssl rand -hex 32`",
    )
    namespace: str = Field("slipway", description="prefix of topics, databases and groups")
    reporting_host: str = Field("127.0.0.1", description="address to listen on")
    reporting_port: Port = Field(
        8083, description="port of the portal, the API and the health routes"
    )
    reporting_public_url: str = Field(
        "http://127.0.0.1:8083",
        description="public URL of the portal; with https, cookies are Secure",
    )
    reporting_okrs: Path = Field(
        Path("okrs.yaml"), description="file with KPI targets and objectives"
    )
    reporting_task_deadline_seconds: float = Field(
        3600, gt=0, description="a task that is not done this long after its due time has failed"
    )
    reporting_instance: str = Field(
        "reporting-1", description="name of this process, unique and unchanged across restarts"
    )
    otlp_url: str | None = Field(None, description="OpenTelemetry collector; none: no export")
    traces_file: Path | None = Field(None, description="finished spans as JSON lines, for tests")
    log_level: LogLevel = Field("INFO", description="DEBUG, INFO, WARNING or ERROR")

    @property
    def process(self) -> Process:
        return Process(
            service="reporting",
            instance=self.reporting_instance,
            kafka_url=self.kafka_url,
            mongodb_url=self.mongodb_url,
            namespace=self.namespace,
            http_host=self.reporting_host,
            http_port=self.reporting_port,
        )
