"""The notifier: notifies the admins of each incident once, in time, and of its end.

An event passes these parts in this sequence. `inbox` consumes the events of all services.
`expectations` stores the time by which a read at the provider should confirm a change of a VPS.
`incidents.rules` turns an event into symptoms and recoveries. `incidents.correlation` finds the
incident that explains a symptom. `incidents.intake` raises and resolves incidents.
`notifications.sender` sends a message to Slack or by mail as due work.

`monitoring` raises incidents for missing heartbeats and for a portal that is down. Its fallback
alerts report an outage of MongoDB, Kafka or the notifier itself.
"""
