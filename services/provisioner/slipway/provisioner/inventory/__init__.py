"""Compares the provider's list of servers with our streams."""
