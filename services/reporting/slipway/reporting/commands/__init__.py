"""Commands of admins and operators: how they are built, published and followed to their end."""
