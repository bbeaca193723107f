"""One stream for each webhook delivery: the inbox creates it, and a worker applies it."""
