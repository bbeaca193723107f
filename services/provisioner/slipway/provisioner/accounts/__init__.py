"""Provider accounts: proven ours, paused by a fault, probed until they work again."""
