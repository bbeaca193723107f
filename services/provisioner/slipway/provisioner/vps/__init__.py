"""The Vps aggregate (pure): `decider` lists the commands, `state` the state, `evolve` folds."""
