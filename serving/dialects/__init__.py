"""Protocols of existing programs, which need only another base URL."""
