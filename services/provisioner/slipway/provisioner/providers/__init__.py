"""The port to clouds and its drivers."""
