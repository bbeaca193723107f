"""The port to cloud providers, its registry, and one folder of adapters for each provider."""
