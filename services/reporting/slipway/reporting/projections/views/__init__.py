"""The projections behind pages and API lists."""
