"""Hetzner Cloud: `driver` implements the port, `client` makes calls, `errors` translates errors."""
