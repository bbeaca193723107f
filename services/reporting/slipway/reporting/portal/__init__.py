"""The admin portal: server-rendered pages that reload when a server-sent event (SSE) arrives.

`pages` shows data, `texts` contains the texts, and `commands` sends the commands of operators and
admins.
"""
