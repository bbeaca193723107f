"""The service host: the parts that all four services need besides their own adapters.

Read the modules in this sequence: `sources` (clock, ids, random numbers), `mongo`, `lazy_producer`,
`supervisor`, `host`. Each service's `wiring` registers its adapters with a `Host` and calls
`serve`.
"""
