"""A GoHighLevel that bills: records, its REST API, and webhooks with their retries.

Walk: `billing.py` changes `records.py` → `calls.py` says which calls a change makes →
`deliveries.py` sends them → the receiver reads back through `api.py`.
"""
