"""How fresh everything is, and what to do about the rest."""

from serving.boards.board import Board

FRESHNESS = """
select
    system as "System",
    table_name as "Table",
    last_arrival_at as "Last arrival",
    last_event_at as "Newest event",
    pages_24h as "Pages in 24 hours",
    failed_keys_24h as "Failed keys in 24 hours"
from marts.rpt_source_health
order by 1, 2
"""

board = Board("Health", "How fresh the sources are, what is missing, what was refused.")

board.table(
    "freshness",
    "Freshness",
    FRESHNESS,
    ["rpt_source_health"],
    empty="Nothing has landed yet: `make run` lands and builds.",
)
