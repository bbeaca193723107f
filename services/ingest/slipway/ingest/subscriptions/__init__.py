"""The Subscription aggregate: GHL's record, read back, becomes an entitlement."""
