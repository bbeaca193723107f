"""The simulated environment of Slipway as real servers on loopback: GHL, a cloud, Slack, mail.

`ghl/` bills customers, serves the API and sends webhooks. `cloud/` sells servers. `inboxes/` hold
Slack and mail. `ledger.py` judges the outcome. `page/` is the control page. `environment.py` holds
all of them, and `serving.py` serves them on one port. No service imports this package.
"""
