"""A cloud provider that speaks the Hetzner Cloud API v1, with faults on demand.

A request passes `api/middleware.py` (outage, token, rate limit, faults) and `api/routes.py`,
changes the state in `cloud.py`, and is answered by `api/serializers.py`. `admin.py` serves the
control page. `lifetimes.py` tells the ledger which servers ever existed.
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
