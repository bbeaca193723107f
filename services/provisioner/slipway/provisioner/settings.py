"""The provisioner's settings; `python -m slipway.provisioner --help` prints this list."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from slipway.runtime.process import Process
from slipway.telemetry.settings import KafkaUrl, LogLevel, MongodbUrl, Port


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="SLIPWAY_", frozen=True, extra="ignore")

    kafka_url: KafkaUrl = Field(description="Kafka's host:port")
    mongodb_url: MongodbUrl = Field(description="MongoDB's URL (a replica set)")
    installation: str = Field(
        min_length=1,
        max_length=30,
        pattern=r"^[a-z0-9][a-z0-9-]*$",
        description="this Slipway's name on every server's label; never change it",
    )
    provisioner_accounts: dict[str, SecretStr] = Field(
        min_length=1, description='tokens by account of specs.yaml: {"hetzner/main": "…"}'
    )
    namespace: str = Field("slipway", description="prefix of topics, databases and groups")
    provisioner_hetzner_url: str = Field(
        "https://api.hetzner.cloud/v1", description="Hetzner's API"
    )
    provisioner_specs: Path = Field(Path("specs.yaml"), description="how to build each plan")
    provisioner_settle_seconds: float = Field(
        30, ge=0, description="how long a new server may be missing from the provider's lists"
    )
    provisioner_inventory_seconds: float = Field(
        60, gt=0, description="pause between two comparisons with the provider's list"
    )
    provisioner_brake_floor: int = Field(
        10, ge=0, description="so many deletions, suspensions and re-creations are allowed per hour"
    )
    provisioner_brake_share: float = Field(
        0.2, ge=0, le=1, description="or this share of the fleet, whichever is more"
    )
    provisioner_stalled_seconds: float = Field(
        900, gt=0, description="if GHL cannot confirm a deletion for this long, operators are told"
    )
    provisioner_host: str = Field("127.0.0.1", description="address of the health endpoint")
    provisioner_port: Port = Field(8082, description="port of the health endpoint and the metrics")
    provisioner_instance: str = Field(
        "provisioner-1",
        description="this process's name: the same after a restart, different from all others",
    )
    otlp_url: str | None = Field(None, description="OpenTelemetry collector; none: no export")
    traces_file: Path | None = Field(None, description="finished spans as JSON lines, for tests")
    log_level: LogLevel = Field("INFO", description="DEBUG, INFO, WARNING or ERROR")

    @property
    def process(self) -> Process:
        return Process(
            service="provisioner",
            instance=self.provisioner_instance,
            kafka_url=self.kafka_url,
            mongodb_url=self.mongodb_url,
            namespace=self.namespace,
            http_host=self.provisioner_host,
            http_port=self.provisioner_port,
        )
