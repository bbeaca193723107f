"""The Hetzner Cloud driver."""
