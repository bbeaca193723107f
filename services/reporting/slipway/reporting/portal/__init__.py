"""The admin portal: server-rendered pages that update over SSE.

`pages` shows data, `texts` words it, `commands` sends what an operator or admin asks for.
"""
