"""GHL's webhooks and lists in, what each subscription is entitled to out.

In walking order: `webhook` (bytes to Kafka) with `signature` and `workflow_secret`, `reception` and
`inbox` (Kafka to streams), `sources` (payload to hints), `delivery` (what became of each),
`worker` (hints followed), `reader`, `ghl_api` over `ghl_wire` (read back), `snapshot` and `plans`
(record to entitlement), `subscription` (the decider), `second_key`, `writer`, `poller` (what
webhooks missed), `decisions` (people's). `wiring` joins them.
"""
