"""Real Kafka and MongoDB on a machine that has only Python: given by URL, or started here.

The demo, tests and benchmarks use `with start() as backing:`. On the command line it is
`python -m slipway.backing`.
"""

from slipway.backing.launcher import Backing, start
from slipway.backing.problem import CannotStart

__all__ = ["Backing", "CannotStart", "start"]
