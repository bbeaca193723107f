"""The whole product on one machine: Kafka, MongoDB, the simulators and the four services.

`python -m demo` runs until Ctrl-C, `--once` plays a fixed scenario and checks it. The chaos harness
and the journey tests use the same `System`.
"""
