"""The HTTP edge: authenticates webhooks and stores them in Kafka."""
