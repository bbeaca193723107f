"""What may go out at all: location mode, account state, the destruction brake."""
