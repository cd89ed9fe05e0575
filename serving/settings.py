"""What the service is set by: all of it from the environment or `.env`."""

import hashlib
import hmac
import json
import re
from dataclasses import dataclass

import warehouse

LOOPBACK = ("127.0.0.1", "localhost", "::1")
DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Settings:
    """Where the service listens, and whom it answers.

    `keys` are SHA-256 digests in hex, `origins` the sites whose pages may read answers,
    `turbine` the one that `/data` is of where there are several.
    """

    host: str = "127.0.0.1"
    keys: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    turbine: str | None = None

    @property
    def asks_keys(self) -> bool:
        """Whether a request needs a key: beyond this machine."""
        return self.host not in LOOPBACK

    def key_of(self, key: str) -> str | None:
        """Return the digest that a key has, if it is known; in constant time."""
        digest = hashlib.sha256(key.encode()).hexdigest()
        found = [known for known in self.keys if hmac.compare_digest(known, digest)]
        return found[0] if found else None


def settings(host: str = "127.0.0.1") -> Settings:
    """Return what the environment says.

    Raises WarehouseError for a host beyond this machine without keys, and for what
    can't be read.
    """
    values = warehouse.environment()
    keys = [key.lower() for key in _list(values, "SERVING_KEYS")]
    if not all(DIGEST.fullmatch(key) for key in keys):
        raise warehouse.WarehouseError(
            "SERVING_KEYS has what is no SHA-256: write the 64 hex digits that "
            "printf %s THE_KEY | sha256sum gives, several with commas between."
        )
    made = Settings(
        host=host,
        keys=tuple(keys),
        origins=tuple(_list(values, "SERVING_ORIGINS")),
        turbine=values.get("SERVING_PLANT_TURBINE") or None,
    )
    if made.asks_keys and not made.keys:
        raise warehouse.WarehouseError(
            f"On {host} others can reach the service: set SERVING_KEYS to the SHA-256 "
            "of each key (printf %s THE_KEY | sha256sum), or listen on 127.0.0.1."
        )
    return made


def _list(values: dict[str, str], name: str) -> list[str]:
    text = values.get(name, "").strip()
    if text.startswith("["):
        try:
            return [str(each) for each in json.loads(text)]
        except ValueError:
            raise warehouse.WarehouseError(
                f'{name} is no list: write it like ["one", "two"], or one, two.'
            ) from None
    return [each.strip() for each in text.split(",") if each.strip()]
