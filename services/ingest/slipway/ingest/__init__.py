"""Ingest: takes GHL's webhooks and lists, and publishes what each subscription is entitled to.

A webhook's way: `edge` stores its bytes in Kafka, `inbox` makes a delivery of them, `deliveries`
parses it to hints, `subscriptions` reads the record from GHL and decides the entitlement.
`polling` finds what webhooks missed, `write_back` informs the contact, `admin_commands` handles
an admin's requests. `wiring` puts them together.
"""
