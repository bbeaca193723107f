"""The Vps aggregate: what is wanted, what was observed, and at most one operation (pure)."""
