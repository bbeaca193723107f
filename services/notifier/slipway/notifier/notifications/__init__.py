"""Messages to admins: due work for each incident and channel, with receipts."""
