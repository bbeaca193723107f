"""An event store on MongoDB where a stream is a document.

The order to read: `decider` (what a stream must offer), `stream`, `store` (the port), `documents`
(how they are laid down), `mongo` and its twin `memory`, `command_handling`, `due_work`, `relay`.
"""
