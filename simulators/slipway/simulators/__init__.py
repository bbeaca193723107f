"""Simulates the environment of Slipway with real servers on loopback: GHL, a cloud, Slack, mail.

`ghl/` bills customers, serves the API and sends webhooks. `cloud/` creates and deletes servers.
`inboxes/` receive Slack messages and mails. `ledger.py` judges the outcome. `page/` is the control
page. `environment.py` contains all simulators, and `serving.py` serves them on one port. No service
imports this package.
"""
