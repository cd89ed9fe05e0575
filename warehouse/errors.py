"""The one error that callers show to people."""


class WarehouseError(Exception):
    """A sentence that says what happened and what to do about it."""
