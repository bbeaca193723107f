"""Provider accounts.

`decider` pauses an account after a fault. `prober` probes the account until it works again, and
checks that it is ours.
"""
