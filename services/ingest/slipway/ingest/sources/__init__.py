"""Payload to hints, one file per kind of sender; `reading` picks the file. All of it is pure."""
