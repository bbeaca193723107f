"""Creates, suspends, resumes and deletes servers at cloud providers.

`inbox` and `command_inbox` read events and commands from Kafka. `specs` reads how to build each
plan. `vps` decides what to do. `worker` does one due step through a driver of `providers`. `safety`
and `accounts` may withhold a step. `inventory` compares the provider's list of servers with the
streams.
"""
