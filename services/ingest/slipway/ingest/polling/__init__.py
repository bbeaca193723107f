"""Finds what webhooks missed, and detects when they stop."""
