"""The HTTP edge: webhooks in, authenticated and stored in Kafka."""
