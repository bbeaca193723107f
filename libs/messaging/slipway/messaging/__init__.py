"""Kafka, set up once: the traps of its clients are answered here and nowhere else.

To read in order: `producer`, `topics_admin`, `consumer` (the loop), `offsets`, `batch` (how the
records of one poll are handled), `records`, `dead_letters` (decider), `dead_letter_queue`,
`record_lookup`. The traps: `docs/traps.md`.
"""
