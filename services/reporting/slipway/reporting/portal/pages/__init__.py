"""One module for each page of the portal: it queries the read models and renders a template."""
