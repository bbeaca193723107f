"""Real Kafka and MongoDB with nothing but Python: given, found, or started here.

`with start() as backing:` for the demo, tests and benches; `python -m slipway.backing` for people.
"""

from slipway.backing.launcher import Backing, start
from slipway.backing.problem import CannotStart

__all__ = ["Backing", "CannotStart", "start"]
