"""One module per page; each asks its questions and renders its template."""
