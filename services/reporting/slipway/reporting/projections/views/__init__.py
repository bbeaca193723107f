"""One projection for each page or list of the portal."""
