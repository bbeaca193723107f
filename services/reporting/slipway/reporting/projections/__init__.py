"""Pure projections from events to view documents: `project(view, recorded) -> view`.

`projection` defines one, `registry` lists all of them, `batch` folds a batch of records.
"""
