"""An admin's command: what may be asked for, how it is sent, how far it has come."""
