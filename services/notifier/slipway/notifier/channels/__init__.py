"""Ways to people, one per file; `wiring` names those that are set up, in their order."""
