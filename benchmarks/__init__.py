"""Slipway measured against baselines in the same run: `make bench`, `python -m benchmarks --help`.

measurement.py  the result of a benchmark: two values, their ratio, the target
accept.py       the edge against an endpoint that only produces to Kafka
chain.py        webhook to create, against the baseline chain
append.py       the event store against a plain `update_one`
projection.py   the batch projector against a plain `bulk_write`
webhooks.py     builds signed requests           load.py        sends them
simulated_providers.py  GHL and the cloud without limits
contenders.py   starts Slipway's services or the baseline
baseline/       the same hops with nothing else in them
"""
