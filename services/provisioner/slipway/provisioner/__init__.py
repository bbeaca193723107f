"""The VPS lifecycle at cloud providers, its rooms in walking order.

`inbox` takes entitlements and commands, `specs` says what to build, `vps` decides (its tables:
`operation`, `attempts`, `sightings`, `release`, `orders`), `worker` does one due step through a
driver, `location`, `scope` and `brake` may hold it back, `inventory` compares with the provider.
"""
