"""The stand-ins in the background: what is asked as long as no base URL is set."""

from collections.abc import Callable

import requests

import warehouse
from ingestion.sources import SYSTEMS
from orchestration.background import SANDBOX

ADDRESS = "SOURCES__STAND_INS"
ACCOUNTS = {
    "plant": {
        "TURBINES": '["T01", "T02"]',
        "COLUMNS": '["wind_speed", "wind_direction", "power", "ambient_temperature"]',
    },
    "xe": {"API_ID": "stand-in", "API_KEY": "stand-in"},
    "coinmarketcap": {"API_KEY": "stand-in"},
    "cryptocompare": {"API_KEY": "stand-in"},
    "loans": {"FOLDER": str(warehouse.ROOT / "sandbox" / "loans")},
}
"""What leads a system to its stand-in beside the address that all have in common."""


def start() -> str | None:
    """Start the stand-ins where they don't run; return their address.

    They stand in for each system that the settings give no address of its own. None,
    and nothing started, where there is none.
    """
    known = SANDBOX.known()
    ours = [system for system in SYSTEMS if _is_ours(system, known)]
    if not ours:
        return None
    url = SANDBOX.start()
    warehouse.forget(*_outdated())
    accounts = {
        name: value for system in ours for name, value in account_of(system).items()
    }
    warehouse.remember(**{ADDRESS: url}, **accounts)
    return url


def stop() -> None:
    """Stop the stand-ins, if they run, and forget their addresses."""
    SANDBOX.stop()
    accounts = [name for system in SYSTEMS for name in account_of(system)]
    warehouse.forget(ADDRESS, *accounts, *_outdated())


def account_of(system: str) -> dict[str, str]:
    """Return the settings that a system's stand-in wants beside its address."""
    given = ACCOUNTS.get(system, {})
    return {_setting(system, name): value for name, value in given.items()}


def _is_ours(system: str, known: dict[str, object]) -> bool:
    """Whether nothing leads a system elsewhere; it may have our address as its own."""
    address = _setting(system, "BASE_URL")
    ours = {address: f"{known.get('url')}/{system}", **account_of(system)}
    given = warehouse.environment()
    return all(
        given.get(name) in (None, ours.get(name))
        for name in (address, _setting(system, "FOLDER"))
    )


def _outdated() -> list[str]:
    """Return what earlier releases remembered, an address for each system."""
    return [_setting(system, "BASE_URL") for system in SYSTEMS]


def _setting(system: str, name: str) -> str:
    return f"SOURCES__{system}__{name}".upper()


def series(url: str) -> dict[tuple[str, str], str]:
    """Return, for each series that has a stand-in, `recorded` or `generated`."""
    answer = asked(requests.get, f"{url}/_control/series").json()
    answer.append({"system": "loans", "key": "four files", "origin": "generated"})
    return {
        (one["system"], one["key"]): one["origin"]
        for one in answer
        if _is_ours(one["system"], SANDBOX.known())
    }


def asked(
    method: Callable[..., requests.Response], url: str, **options: object
) -> requests.Response:
    """Return what the stand-ins answer to an order, however long they take.

    Raises WarehouseError if they end meanwhile, or refuse.
    """
    try:
        with warehouse.waiting_for("the stand-ins to answer"):
            answer = method(url, timeout=warehouse.PATIENCE, **options)
            answer.raise_for_status()
    except requests.RequestException as error:
        raise warehouse.WarehouseError(
            f"The stand-ins did not answer {url} ({type(error).__name__}): if they "
            "have ended, the same command starts them anew."
        ) from error
    return answer
