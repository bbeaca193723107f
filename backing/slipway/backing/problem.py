"""The error that is raised when a server cannot be started."""


class CannotStart(Exception):
    """A server can't be started.

    The message says what is missing, how to install it, and where the log is.
    """
