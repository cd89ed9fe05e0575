"""The marts over HTTP, as the reader: a clean API, and addresses that others know."""
