"""The Vps aggregate (pure): `decider` lists the commands, `evolve` folds events into `state`."""
