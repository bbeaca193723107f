"""Finds what webhooks missed, and notices when they stop."""
