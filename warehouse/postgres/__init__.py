"""What runs the PostgreSQL server and reaches it: one of our own, or another."""
