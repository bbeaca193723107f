"""Kafka, set up once: only this package answers the pitfalls of its clients (`docs/traps.md`).

Read in this order: `producer`, `topics_admin`, `channels` (the topics and their messages),
`consumer`, `reader` (the loop), `offsets`, `batch` and `view_batch` (how the records of one poll
are handled), `records`, `dead_letters` (decider), `dead_letter_queue`, `record_lookup`.
"""
