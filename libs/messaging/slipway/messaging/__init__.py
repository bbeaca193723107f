"""The library for Kafka. It handles the pitfalls of Kafka's clients in one place (`docs/traps.md`).

Read the modules in this sequence: `producer`, `topics_admin`, `channels` (the topics and their
messages), `consumer`, `reader` (the loop), `offsets`, `batch` and `view_batch` (they handle the
records of one poll), `records`, `dead_letters` (the decider), `dead_letter_queue`, `record_lookup`.
"""
