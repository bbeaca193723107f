"""The views in MongoDB: `projector` writes them, `questions` and `figures` read, `accounts` is who.

`indexes` has one for every query. Only `wiring` imports these rooms; the others know `ports`.
"""
