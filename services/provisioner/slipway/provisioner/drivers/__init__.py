"""One provider per file; each speaks our words of `ports` and keeps the provider's to itself."""
