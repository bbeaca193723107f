"""The baselines: the same hops with nothing else in them.

endpoint.py     accept: HTTP -> Kafka
ingest.py       chain:  signed HTTP -> Kafka -> delivery -> claim -> two GETs -> record -> Kafka
provisioner.py  chain:  Kafka -> Vps -> claim -> intent -> find -> create
They are as durable as Slipway (acks=all, w:majority with journal) and run on uvloop and httptools.
"""
