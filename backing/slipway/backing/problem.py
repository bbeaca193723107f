"""What went wrong, and what to do about it."""


class CannotStart(Exception):
    """Says what is missing, how to get it, and where the log is."""
