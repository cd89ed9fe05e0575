"""What dlt's own command needs: our settings and destination, wherever it is called."""

from typing import Any

from dlt.common.configuration import plugins

import warehouse
from warehouse import dlt_state


@plugins.hookimpl(tryfirst=True)
def plug_run_context(
    run_dir: str | None, runtime_kwargs: dict[str, Any] | None
) -> None:
    """Set the environment and leave the context itself to dlt."""
    warehouse.activate()
    dlt_state.lead_to_ours()
