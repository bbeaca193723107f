"""The HTTP API under /api/v1: the same data and commands as the portal."""
