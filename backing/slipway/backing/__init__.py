"""Provides real Kafka and MongoDB on a machine that has only Python.

Uses the servers at the given URLs, or starts its own. The demo, tests and benchmarks use `with
start() as backing:`. The command is `python -m slipway.backing`.
"""

from slipway.backing.launcher import Backing, start
from slipway.backing.problem import CannotStart

__all__ = ["Backing", "CannotStart", "start"]
