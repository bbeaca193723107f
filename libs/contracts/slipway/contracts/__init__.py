"""The published language: every message between the four services, and nothing else.

No I/O, no clock, no framework; pydantic only. Start at `envelope` (what an event is), then one
module per topic; `topics` says which stream is published where, `codec` how it crosses the wire.
"""
