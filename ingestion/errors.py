"""What becomes of a key that is not answered."""


class RefusedError(Exception):
    """The API will not answer this key, however often it is asked."""


class FailedError(Exception):
    """The API did not answer this key now; it may later."""
