"""Hetzner Cloud: `driver` implements the port, `client` makes the calls, `errors` reads faults."""
