"""The VPS lifecycle at cloud providers. Its rooms follow one subscription's way.

`inbox` and `command_inbox` take events and commands from Kafka, `specs` says how to build a plan,
`vps` decides, `worker` does one due step through a driver of `providers`, `safety` and `accounts`
may withhold it, `inventory` compares the provider's list with the streams.
"""
