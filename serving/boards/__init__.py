"""Boards: pages to look at, each a module of this folder."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from serving.boards.board import Board

NAMES = ("market", "coins", "wind", "rates", "chain", "loans", "health")


def board_of(name: str) -> "Board":
    """Return a board by its name, which is its module's; drawing loads at first use."""
    return import_module(f"serving.boards.{name}").board
