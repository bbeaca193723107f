"""The whole product on one machine: backing services, the world outside, four services, a story.

`python -m demo` runs it for a person, `--once` for a machine; `chaos` and the journey tests use the
same `System`.
"""
