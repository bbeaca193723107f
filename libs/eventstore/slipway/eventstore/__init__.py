"""An event store on MongoDB where a stream is a document.

Read in this order: `decider` (the pure part of a stream), `stream`, `store` (the port), `documents`
(the stored form), `mongo` and its twin `memory`, `command_handling`, `due_work`, `relay`.
"""
