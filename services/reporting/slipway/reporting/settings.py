"""The reporting service's settings; `python -m slipway.reporting --help` prints this list."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from slipway.runtime.process import Process
from slipway.telemetry.settings import KafkaUrl, LogLevel, MongodbUrl, Port


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="SLIPWAY_", frozen=True, extra="ignore")

    kafka_url: KafkaUrl = Field(description="Kafka's host:port")
    mongodb_url: MongodbUrl = Field(description="MongoDB's URL (a replica set, for transactions)")
    reporting_session_secret: SecretStr = Field(
        min_length=16, description="signs sessions and keys: `openssl rand -hex 32`, kept for ever"
    )
    namespace: str = Field("slipway", description="prefix of topics, databases and groups")
    reporting_host: str = Field("127.0.0.1", description="address that the portal listens on")
    reporting_port: Port = Field(
        8083, description="port of the portal, the API and the health page"
    )
    reporting_public_url: str = Field(
        "http://127.0.0.1:8083", description="the portal as people reach it; https makes cookies so"
    )
    reporting_okrs: Path = Field(Path("okrs.yaml"), description="targets and objectives")
    reporting_decided_seconds: float = Field(
        3600, gt=0, description="a task undone this long after it fell due has failed"
    )
    reporting_instance: str = Field(
        "reporting-1", description="this process's name: kept over restarts, shared with no other"
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
