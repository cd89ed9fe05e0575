"""XE: its currency rates."""
