"""The notifier: tells the right person what went wrong, once, in time, and when it is over.

In walking order: `inbox` takes events from Kafka; `promises` keep an `expectation` of what should
have happened by when (`promise` is its table); `rules` turn an event into a symptom or a recovery
(pure, with their wordings), `ears` and `vital_signs` do so for silence, and `watch` asks them;
`attribution` lays a symptom to what caused it, with what the `directory` knows; `incident_desk`
gathers `symptoms` under one `incident`; a `notification` is one message to one channel; `worker`
does what is due and `sender` sends `letters`; `channels` speak to Slack and mail. `prober` asks the
portal, `last_resort` speaks when the store, Kafka or the notifier itself is gone.
"""
