"""Settings of `python -m slipway.simulators`; its `--help` prints this list."""

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from slipway.simulators.ghl.settings import RetryPolicy


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="SLIPWAY_SIM_", frozen=True, extra="ignore")

    host: str = Field("127.0.0.1", description="address of everything")
    port: int = Field(8090, description="port of the page and every HTTP part; 0: a free one")
    smtp_port: int = Field(8025, description="port of the mail inbox; 0: a free one")
    seed: int | None = Field(None, description="the same seed: the same keys, ids and chances")
    webhook_url: str | None = Field(None, description="where GHL's signed webhooks go")
    workflow_url: str | None = Field(None, description="where workflows call")
    workflow_secret: SecretStr | None = Field(
        None, description="what workflow calls prove themselves with; none: made up at the start"
    )
    retry_policy: RetryPolicy = Field(
        RetryPolicy.ONLY_429, description="B: only 429 is retried; C: whatever isn't 2xx"
    )
    retry_seconds: float = Field(600.0, gt=0, description="between two tries under B")
    requests_per_10_seconds: int = Field(
        100, ge=0, description="GHL's rate limit for each location; 0 lifts it"
    )
    lag_seconds: float = Field(0.0, ge=0, description="how long GHL's API shows the old record")
    installation: str = Field(
        "demo", description="SLIPWAY_INSTALLATION of the services that the ledger judges"
    )
    boot_seconds: float = Field(2.0, ge=0, description="how long the cloud's servers boot")
    promise_seconds: float = Field(
        600.0, gt=0, description="a paid VPS not running after it is lost; an ended one left behind"
    )
    hold_seconds: dict[str, float] = Field(
        {}, description='by plan, how long an ended VPS may be kept: {"small": 600}'
    )
    kill_url: str | None = Field(
        None,
        description='GET: {"processes": [names]}, POST <url>/<name> kills one; none: no buttons',
    )
