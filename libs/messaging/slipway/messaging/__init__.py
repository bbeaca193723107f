"""Kafka, set up once: every trap of the clients is answered here and nowhere else.

To read in order: `producer`, `topics_admin`, `consumer` (the loop), `positions`, `batch` (what
happens to the records of one turn), `records`, `dead_letters` (decider), `set_aside` (its desk),
`readback`. The traps: `docs/traps.md`.
"""
