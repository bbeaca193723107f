"""One stream for each webhook delivery, and the worker that applies it."""
