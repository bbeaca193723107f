"""A cloud that speaks the Hetzner Cloud API v1, and can be hostile on demand.

A request walks: `gate.py` (outage, token, rate limit, faults), `api.py` (routes), `cloud.py` (the
world: what exists and what it is becoming), `wire.py` (records as JSON). `admin.py` is the door of
the outside world's page; `lives.py` tells the judge what ever existed.
"""

from slipway.simulators.cloud.api.routes import build_app
from slipway.simulators.cloud.cloud import Cloud
from slipway.simulators.cloud.faults import Fault, FaultKind, Operation
from slipway.simulators.cloud.lifetimes import ServerLifetime, lifetimes
from slipway.simulators.cloud.settings import CloudSettings

__all__ = [
    "Cloud",
    "CloudSettings",
    "Fault",
    "FaultKind",
    "Operation",
    "ServerLifetime",
    "build_app",
    "lifetimes",
]
