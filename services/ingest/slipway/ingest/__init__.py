"""GHL's webhooks and lists in, what each subscription is entitled to out.

In walking order: `webhook` (bytes to Kafka), `signature`, `inbox` (Kafka to streams), `delivery`
(what became of each), `sources` (payload to hints), `worker` (read back, second key, write-back),
`ghl_api`, `snapshot` and `plans` (record to entitlement), `subscription` (the decider), and
`poller` (what webhooks missed). `wiring` joins them; start with `python -m slipway.ingest --help`.
"""
