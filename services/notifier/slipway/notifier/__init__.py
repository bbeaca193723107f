"""The notifier: notifies the admins of each incident once, in time, and of its end.

In walking order: `inbox` consumes the events of all services. `expectations` keeps which change of
a VPS should be proven by when. `incidents.rules` turns an event into symptoms and recoveries, and
`incidents.correlation` finds the incident that explains a symptom. `incidents.intake` raises and
resolves incidents. `notifications.sender` sends a message to Slack or by mail as due work.
`monitoring` does the same for missing heartbeats and a portal that is down. Its fallback alerts
report an outage of MongoDB, Kafka or the notifier itself.
"""
