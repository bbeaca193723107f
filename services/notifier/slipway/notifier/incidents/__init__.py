"""One incident for each cause, with its symptoms."""
