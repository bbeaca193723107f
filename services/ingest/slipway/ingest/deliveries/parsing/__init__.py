"""What a webhook body names (pure)."""
