"""The read models in MongoDB. Only `wiring` imports this package. Other modules use the ports.

`projector` writes the views, `queries` and `metrics` read them, and `indexes` creates an index for
each query. `accounts`, `api_keys` and `vote_prompts` store the users of the portal and the API.
"""
