"""The account that XE's stand-in serves: its credentials and its month's quota."""

import binascii
from base64 import b64decode
from datetime import UTC, datetime, timedelta

QUOTA = 100_000
ACCOUNT = ("stand-in", "stand-in")


class Account:
    """One account; each rate that it is given counts as a request."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Go back to the account of the start."""
        self.login, self.quota, self.used = ACCOUNT, QUOTA, 0

    def knows(self, header: str) -> bool:
        """Return whether an Authorization header is this account's."""
        kind, _, encoded = header.partition(" ")
        try:
            given = b64decode(encoded, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return False
        return kind.lower() == "basic" and given == ":".join(self.login)

    @property
    def is_exhausted(self) -> bool:
        """Whether the quota of the month is used up."""
        return self.used >= self.quota

    def headers(self, now: int) -> dict[str, str]:
        """Return the headers of both limits; requests by the minute are not limited."""
        moment = datetime.fromtimestamp(now / 1000, UTC)
        month = moment.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        reset = (month + timedelta(days=32)).replace(day=1)
        minute = moment.replace(second=0, microsecond=0) + timedelta(minutes=1)
        return {
            "X-RateLimit-Limit": str(self.quota),
            "X-RateLimit-Remaining": str(max(self.quota - self.used, 0)),
            "X-RateLimit-Reset": str(int(reset.timestamp())),
            "X-RateRequest-Limit": "1000",
            "X-RateRequest-Remaining": "999",
            "X-RateRequest-Reset": str(int(minute.timestamp())),
        }
