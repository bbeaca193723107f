"""Decides whether an operation may be sent, by location mode, account and destruction brake."""
