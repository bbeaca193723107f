"""The admin portal: server-rendered pages, kept live over SSE; every decision leaves as a command.

`rendering` and `wording` turn data into words, `pages` show, `actions` decide, `auth` lets in.
"""
