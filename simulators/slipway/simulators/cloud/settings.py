"""The behaviour of this cloud without faults. The default times suit a demo."""

from collections.abc import Mapping
from dataclasses import dataclass, field

DEMO_TOKEN = "token-of-the-demo-cloud"  # noqa: S105 - a made-up token for a made-up cloud


@dataclass(frozen=True)
class CloudSettings:
    tokens: Mapping[str, str] = field(default_factory=lambda: {DEMO_TOKEN: "demo"}, repr=False)
    """The project of each token. Two tokens may belong to the same project."""
    boot_seconds: float = 2.0
    """The time from the accepted create to `running`. At Hetzner it takes 10 to 40 s."""
    boot_jitter: float = 0.5
    """The largest random share by which a boot takes longer."""
    power_seconds: float = 0.3
    delete_seconds: float = 0.3
    requests_per_hour: int = 3600
    """The rate limit n of each project. It allows a request every 3600/n s. 0: no limit."""
    servers_per_project: int = 5000
