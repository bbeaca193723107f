"""The service host: everything that the four services need around their own adapters.

To read in order: `sources` (clock, ids, chance), `mongo`, `lazy_producer`, `supervisor`, `host`.
Each service's `wiring` registers its adapters with a `Host` and serves it.
"""
