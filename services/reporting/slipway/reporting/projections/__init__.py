"""Pure projections from events to view documents: `project(view, recorded) -> view`.

`projection` defines the type, `registry` lists all projections, and `batch` applies them to a batch
of records.
"""
