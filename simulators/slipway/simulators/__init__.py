"""Simulates GHL, a cloud, Slack and a mailbox, as HTTP and SMTP servers on loopback.

`ghl/` bills customers, serves the API and sends webhooks. `cloud/` creates and deletes servers.
`inboxes/` receive Slack messages and mails. `ledger.py` judges whether each customer had the
right servers. `page/` is the control page. `environment.py` contains all simulators, and
`serving.py` serves them on one port. No service imports this package.
"""
