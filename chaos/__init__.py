"""Kills each process while customers buy and cancel, then lets the simulators' ledger judge."""
