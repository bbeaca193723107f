"""How this cloud behaves when nothing is wrong. The times are a demo's."""

from collections.abc import Mapping
from dataclasses import dataclass, field

DEMO_TOKEN = "token-of-the-demo-cloud"  # noqa: S105 - a made-up token for a made-up cloud


@dataclass(frozen=True)
class CloudSettings:
    tokens: Mapping[str, str] = field(default_factory=lambda: {DEMO_TOKEN: "demo"}, repr=False)
    """Token to project; two tokens may open the same."""
    boot_seconds: float = 2.0
    """From the accepted create to running; the real one takes 10 to 40 s."""
    boot_jitter: float = 0.5
    """A boot lasts up to this share longer."""
    power_seconds: float = 0.3
    delete_seconds: float = 0.3
    requests_per_hour: int = 3600
    """Per project; one comes back every 3600/n seconds. 0 lifts the limit."""
    servers_per_project: int = 5000
