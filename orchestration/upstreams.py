"""The stand-ins in the background: what is asked as long as no base URL is set."""

from collections.abc import Callable

import requests

import warehouse
from ingestion.sources import SYSTEMS
from orchestration.background import SANDBOX

ACCOUNTS = {
    "plant": {
        "TURBINES": '["T01", "T02"]',
        "COLUMNS": '["wind_speed", "wind_direction", "power", "ambient_temperature"]',
    },
    "xe": {"API_ID": "stand-in", "API_KEY": "stand-in"},
    "coinmarketcap": {"API_KEY": "stand-in"},
    "cryptocompare": {"API_KEY": "stand-in"},
}
"""What a stand-in wants beside its address, as its API does."""
STAND_INS = {
    **{
        system: {"BASE_URL": f"{{url}}/{system}", **ACCOUNTS.get(system, {})}
        for system in SYSTEMS
    },
    "loans": {"FOLDER": str(warehouse.ROOT / "sandbox" / "loans")},
}
"""What leads each system to its stand-in. The first setting says which is asked."""


def start() -> str | None:
    """Start the stand-ins where they don't run; return their address.

    They stand in for each system that the settings give no address of its own. None,
    and nothing started, where there is none.
    """
    known = SANDBOX.known()
    ours = [system for system in STAND_INS if _is_ours(system, known)]
    if not ours:
        return None
    url = SANDBOX.start()
    warehouse.remember(
        **{
            name: value
            for system in ours
            for name, value in settings_of(system, url).items()
        }
    )
    return url


def stop() -> None:
    """Stop the stand-ins, if they run, and forget their addresses."""
    SANDBOX.stop()
    warehouse.forget(*[name for system in STAND_INS for name in settings_of(system)])


def _is_ours(system: str, known: dict[str, object]) -> bool:
    name, value = next(iter(settings_of(system, str(known.get("url"))).items()))
    return warehouse.environment().get(name, value) == value


def settings_of(system: str, url: str = "") -> dict[str, str]:
    """Return the settings that lead a system to its stand-in at this address."""
    return {
        f"SOURCES__{system}__{name}".upper(): value.replace("{url}", url)
        for name, value in STAND_INS[system].items()
    }


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
