"""The provider's list of servers compared with our streams."""
