"""What the environment sets, as what its default is of."""

import json
import os

from dlt.common.configuration.exceptions import ConfigValueCannotBeCoercedException
from dlt.common.configuration.utils import deserialize_value

import warehouse


def setting(name: str, default: object) -> object:
    """Return what the environment sets, else the default.

    Raises:
        WarehouseError: what it sets is no such value.

    """
    text = os.environ.get(name)
    if not text:
        return "" if default is None else default
    kinds = {tuple: list, type(None): str}
    kind = kinds.get(type(default), type(default))
    try:
        return deserialize_value(name, text, kind)
    except ConfigValueCannotBeCoercedException as error:
        raise warehouse.WarehouseError(
            f"{name} can't be read: write it like {json.dumps(default)}."
        ) from error
