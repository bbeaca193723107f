"""Expectations: which change of a VPS should be proven by when. One stream for each VPS."""
