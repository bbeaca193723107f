"""What the benches compare with: the same hops with nothing else in them.

endpoint.py     accept: HTTP -> Kafka
ingest.py       chain:  signed HTTP -> Kafka -> delivery -> claim -> two GETs -> record -> Kafka
provisioner.py  chain:  Kafka -> Vps -> claim -> intent -> find -> create
Durable as ours: acks=all, w:majority with journal. On uvloop and httptools, as ours.
"""
