"""The error of a start that is impossible."""


class CannotStart(Exception):
    """Its message says what is missing, how to install it, and where the log is."""
