"""Kills everything in turn while customers buy and cancel, then lets the outside world judge."""
