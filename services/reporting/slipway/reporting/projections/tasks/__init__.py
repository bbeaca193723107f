"""The task projection: one task for each wanted change of a VPS."""
