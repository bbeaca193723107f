"""One module per question. Each is pure: `project(view, recorded) -> view`, nothing else.

`projection` says what a projection is, `batch` folds many records in one go, `everything` lists
them all.
"""
