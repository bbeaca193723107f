"""Slipway beside baselines measured in the same run: `make bench`, `python -m benchmarks --help`.

measured.py    what a bench reports: two figures, their ratio, the aim
accept.py      the edge beside an endpoint that only produces
chain.py       webhook to create, beside the bare chain
append.py      the event store beside the raw `update_one`
projection.py  the batch projector beside the raw `bulk_write`
webhooks.py    signed requests, made beforehand      load.py  sends them
outside.py     GHL and the cloud, limits lifted      sides.py  starts ours, or the bare twin
bare/          the twins: the same hops with nothing else in them
"""
