"""Ingest's settings; `python -m slipway.ingest --help` prints this list."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from slipway.ingest.ghl.public_keys import load_keys
from slipway.runtime.process import Process
from slipway.telemetry.settings import KafkaUrl, LogLevel, MongodbUrl, Port


def _check_keys(pems: str | None) -> str | None:
    if pems is not None:
        load_keys(pems)
    return pems


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="SLIPWAY_", frozen=True, extra="ignore")

    kafka_url: KafkaUrl = Field(description="Kafka's host:port")
    mongodb_url: MongodbUrl = Field(description="MongoDB's URL (a replica set)")
    ingest_locations: dict[str, SecretStr] = Field(
        min_length=1,
        description='GHL locations and their private tokens: {"<location id>": "pit-…"}',
    )
    ingest_workflow_secret: SecretStr = Field(
        min_length=16,
        description="shared secret that authenticates workflow calls: `openssl rand -hex 24`",
    )
    namespace: str = Field("slipway", description="prefix of topics, databases and groups")
    ingest_host: str = Field("127.0.0.1", description="address that the HTTP server listens on")
    ingest_port: Port = Field(
        8081, description="port of the webhooks, the health page and the metrics"
    )
    ingest_ghl_url: str = Field("https://services.leadconnectorhq.com", description="GHL's API")
    ingest_ghl_public_keys: Annotated[str | None, AfterValidator(_check_keys)] = Field(
        None,
        description="Ed25519 PEMs, several while GHL rotates its key; default: HighLevel's own",
    )
    ingest_plans: Path = Field(
        Path("plans.yaml"), description="file that maps each price to a plan"
    )
    ingest_requests_per_10_seconds: float = Field(
        100, gt=0, description="GHL's rate limit for each location"
    )
    ingest_poll_seconds: float = Field(
        60, gt=0, description="interval between two polls of the list"
    )
    ingest_api_lag_seconds: float = Field(
        240,
        ge=0,
        description="how long GHL's API may lag behind the webhook that announced a change",
    )
    ingest_min_silence_seconds: float = Field(
        86_400,
        gt=0,
        description="a location without webhooks for less than this is never reported as silent",
    )
    ingest_instance: str = Field(
        "ingest-1", description="this process's name: kept over restarts, shared with no other"
    )
    otlp_url: str | None = Field(None, description="OpenTelemetry collector; none: no export")
    traces_file: Path | None = Field(None, description="finished spans as JSON lines, for tests")
    log_level: LogLevel = Field("INFO", description="DEBUG, INFO, WARNING or ERROR")

    @property
    def process(self) -> Process:
        return Process(
            service="ingest",
            instance=self.ingest_instance,
            kafka_url=self.kafka_url,
            mongodb_url=self.mongodb_url,
            namespace=self.namespace,
            http_host=self.ingest_host,
            http_port=self.ingest_port,
        )
