"""HTTP under /api/v1 (openapi.json describes it): the same data and decisions as the portal."""
