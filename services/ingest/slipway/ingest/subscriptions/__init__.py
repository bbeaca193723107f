"""The Subscription aggregate: decides the entitlement from GHL's record."""
