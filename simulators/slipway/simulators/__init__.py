"""The world outside Slipway as real servers on loopback: GHL, a cloud, Slack, mail.

Rooms: `ghl/` bills, serves its API and sends webhooks; `cloud/` sells servers; `slack.py` and
`mail.py` are the inboxes; `ledger.py` judges; `page/` shows and drives it all; `world.py` holds
them together and serves them. Nothing here is imported by a service.
"""
