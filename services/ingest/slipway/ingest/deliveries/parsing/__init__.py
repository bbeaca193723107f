"""Parses a webhook's body to hints, an ignore rule or a quarantine reason (pure)."""
