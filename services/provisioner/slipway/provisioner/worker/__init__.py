"""Does the due step of a VPS: `worker` decides which, `provider_call` and `observer` do it."""
