"""Finds changes that webhooks missed, and detects when webhooks stop."""
