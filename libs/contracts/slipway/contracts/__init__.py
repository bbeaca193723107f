"""Defines every message between the four services, and nothing else.

Uses pydantic and no other library, does no I/O and reads no clock. Read `envelope` first: it
defines an event. Each topic has a module. `topics` says which stream is published on which topic.
`codec` converts messages to JSON and back.
"""
