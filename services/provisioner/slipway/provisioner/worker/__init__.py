"""Does the due step of a VPS. `worker` chooses it; `provider_call` and `observer` carry it out."""
