"""The published language: everything the four services say to each other, and nothing else.

No I/O, no clock, no framework; pydantic only. Start at `envelope` (what an event is), then one
module per topic; `topics` says which stream is published where, `codec` how it crosses the wire.
"""
