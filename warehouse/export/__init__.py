"""Marts as Iceberg tables: what `python -m warehouse export` writes, and how."""
