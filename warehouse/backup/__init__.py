"""All data in one file, and back."""
