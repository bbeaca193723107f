"""A simulated GoHighLevel with billing records, a REST API, and webhooks with retries.

`billing.py` changes the records in `records/`. `webhooks/calls.py` builds the webhook calls of a
change, and `webhooks/deliveries.py` sends them. The receiver then reads the records through `api/`.
"""
