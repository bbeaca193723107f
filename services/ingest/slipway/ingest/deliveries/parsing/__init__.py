"""Parses a webhook's body into hints, an ignore rule or a quarantine reason (pure)."""
