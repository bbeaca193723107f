"""The HTTP API under /api/v1. It offers the same data and commands as the portal."""
