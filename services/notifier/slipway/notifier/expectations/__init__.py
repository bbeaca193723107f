"""Expectations: which change of a VPS should be confirmed by the provider, and by when.

There is one stream for each VPS.
"""
