"""Compares the provider's list of servers with the Vps streams."""
