"""A cloud provider that serves the Hetzner Cloud API v1 and can simulate faults.

A request first passes `api/middleware.py` (outage, token, rate limit, faults). `api/routes.py` then
changes the state in `cloud.py`, and `api/serializers.py` builds the answer. `admin.py` serves the
control page. `lifetimes.py` reports to the ledger which servers ever existed.
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
