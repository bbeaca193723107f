"""HTTP under /api/v1, described at /api/v1/openapi.json: the same data and decisions as the portal."""
