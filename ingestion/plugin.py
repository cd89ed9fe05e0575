"""What dlt's own command needs: this project's settings, wherever it is called."""

from typing import Any

from dlt.common.configuration import plugins

import warehouse


@plugins.hookimpl(tryfirst=True)
def plug_run_context(
    run_dir: str | None, runtime_kwargs: dict[str, Any] | None
) -> None:
    """Set the environment and leave the context itself to dlt."""
    warehouse.activate()
