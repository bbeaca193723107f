"""One stream for each webhook delivery: parsed, then applied by a worker."""
