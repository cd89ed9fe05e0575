"""The European Central Bank: its reference rates."""
