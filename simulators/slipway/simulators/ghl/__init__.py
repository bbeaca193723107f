"""A GoHighLevel that bills: its records, its REST API, and webhooks with retries.

`billing.py` changes the records in `records/`. `webhooks/calls.py` builds the webhook calls of a
change, and `webhooks/deliveries.py` sends them. The receiver then reads through `api/`.
"""
