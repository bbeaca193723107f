"""Decides whether an operation may go out: location mode, account state, destruction brake."""
