"""Ingest: receives GHL's webhooks and publishes what each subscription is entitled to.

These parts handle a webhook, in this sequence: `edge` stores its bytes in Kafka. `inbox` creates a
delivery from the bytes. Its hints name the records to read. `deliveries` reads these records.
`subscriptions` decides the entitlement from a record.

`polling` finds changes that webhooks missed. `write_back` writes the state of a VPS to the contact
in GHL. `admin_commands` handles the requests of admins. `wiring` connects these parts.
"""
