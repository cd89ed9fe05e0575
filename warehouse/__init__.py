"""The database itself: the embedded server, the settings, the roles."""

from warehouse.block import forget, remember
from warehouse.errors import WarehouseError
from warehouse.postgres.connections import connect, target, url
from warehouse.postgres.roles import provision
from warehouse.postgres.server import FIRST_DAY, reset, start, status, stop
from warehouse.settings import ROOT, SWITCHES, activate, environment, warehouse_dir
from warehouse.waiting import PATIENCE, waiting_for

__all__ = [
    "FIRST_DAY",
    "PATIENCE",
    "ROOT",
    "SWITCHES",
    "WarehouseError",
    "activate",
    "connect",
    "environment",
    "forget",
    "provision",
    "remember",
    "reset",
    "start",
    "status",
    "stop",
    "target",
    "url",
    "waiting_for",
    "warehouse_dir",
]
