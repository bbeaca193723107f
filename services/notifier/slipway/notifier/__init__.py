"""The notifier: tells the right person what went wrong, once, in time, and when it is over.

In walking order: `inbox` takes events from Kafka; `expectation` knows what should have happened by
when; `rules` turns an event into a symptom or a recovery (pure), `vital_signs` does so for silence;
`incident` gathers symptoms under one cause; `notification` is one message to one channel; `worker`
does what is due; `channels` speak to Slack and mail. `prober` asks the portal, `last_resort` speaks
when the store or Kafka is gone.
"""
