"""The read models in MongoDB. Only `wiring` imports this package; the others use the ports.

`projector` writes the views, `queries` and `metrics` read them, `indexes` has an index for each
query. `accounts`, `api_keys` and `vote_prompts` hold the users of the portal and the API.
"""
