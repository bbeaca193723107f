"""Settings of `python -m slipway.simulators`, which `--help` prints."""

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from slipway.simulators.ghl.settings import RetryPolicy


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="SLIPWAY_SIM_", frozen=True, extra="ignore")

    host: str = Field("127.0.0.1", description="address that all simulators listen on")
    port: int = Field(8090, description="port of the page and of all HTTP APIs; 0: a free one")
    smtp_port: int = Field(8025, description="port of the mail inbox; 0: a free one")
    seed: int | None = Field(None, description="seed of keys, ids and random faults")
    webhook_url: str | None = Field(None, description="URL for GHL's signed webhooks")
    workflow_url: str | None = Field(None, description="URL for workflow calls")
    workflow_secret: SecretStr | None = Field(
        None,
        description="shared secret that authenticates workflow calls; none: generated at start",
    )
    period_seconds: float | None = Field(
        None,
        gt=0,
        description="paid period of a subscription, shown by its record; none: it shows no period",
    )
    retry_policy: RetryPolicy = Field(
        RetryPolicy.ONLY_429, description="B: retries only 429; C: retries every answer but 2xx"
    )
    retry_seconds: float = Field(600.0, gt=0, description="time between two tries under B")
    requests_per_10_seconds: int = Field(
        100, ge=0, description="GHL's rate limit for each location; 0 lifts it"
    )
    lag_seconds: float = Field(
        0.0, ge=0, description="time for which GHL's API still shows the old record"
    )
    installation: str = Field(
        "demo", description="SLIPWAY_INSTALLATION of the services that the ledger judges"
    )
    boot_seconds: float = Field(2.0, ge=0, description="boot time of the cloud's servers")
    sla_seconds: float = Field(
        600.0,
        gt=0,
        description="after it, a paid VPS that isn't running is lost, and an ended one is doubled",
    )
    hold_seconds: dict[str, float] = Field(
        {}, description='additional time by plan for which an ended VPS may exist: {"small": 600}'
    )
    kill_url: str | None = Field(
        None,
        description='GET: {"processes": [names]}, POST <url>/<name> kills one; none: no buttons',
    )
