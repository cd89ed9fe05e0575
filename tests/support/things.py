"""The small project's raw table: things on shelves in rooms, `a1x` on shelf 1 of a."""

from collections.abc import Mapping

from psycopg2.errors import DuplicateTable

from tests.support.database import Database
from tests.support.raw import LOADS

TABLE = """
create table raw.tiny__things (
    room text, shelf text, thing text, weight bigint,
    fetched_at bigint, item_position bigint, _dlt_load_id text
)
"""


class Things:
    """Lands things, and says what the models made of them."""

    def __init__(self, database: Database) -> None:
        self.database = database
        try:
            self._load(TABLE)
            self._load(LOADS)
        except DuplicateTable:
            pass
        self.loads = database.query("select count(*) from raw._dlt_loads")[0][0]

    def land(
        self,
        weights: Mapping[str, int | None],
        *,
        fetched_at: int = 0,
        load: str | None = None,
        status: int | None = 0,
    ) -> str:
        """Land things with their weights, None for one that has gone."""
        self.loads += 1
        load = load or f"load{self.loads:05}"
        for place, (thing, weight) in enumerate(weights.items()):
            self._load(
                "insert into raw.tiny__things values (%s, %s, %s, %s, %s, %s, %s)",
                *(
                    thing[0],
                    thing[1],
                    thing[2:],
                    weight,
                    fetched_at or self.loads,
                    place,
                    load,
                ),
            )
        if status is not None:
            self.complete(load, status)
        return load

    def complete(self, load: str, status: int = 0) -> None:
        """Note a load as dlt does, last of all."""
        self._load(
            "insert into raw._dlt_loads values (%s, 'tiny', %s, now(), 'hash')",
            load,
            status,
        )

    def _load(self, sql: str, *parameters: object) -> None:
        self.database.query(sql, *parameters, role="loader")

    @property
    def weights(self) -> dict[str, int]:
        """Return the weight of each thing, as `a1x`."""
        weights = self._read("staging.things", "room || shelf || thing")
        return {
            thing: weight for thing, weight in weights.items() if weight is not None
        }

    @property
    def shelves(self) -> dict[str, int]:
        """Return the weight of each shelf, as `a1`."""
        return self._read("marts.shelves", "room || shelf")

    @property
    def rooms(self) -> dict[str, int]:
        """Return the weight of each room, as `a`."""
        return self._read("marts.rooms", "room")

    def _read(self, table: str, key: str) -> dict[str, int]:
        sql = f"select {key}, weight from {table}"  # noqa: S608 - a table of ours
        return dict(self.database.query(sql))

    def version(self, model: str) -> int:
        """Return the number of builds that the ledger counts for a model."""
        found = self.database.query(
            "select version from ops.versions where model = %s", model
        )
        return found[0][0] if found else 0

    def vanished(self, model: str) -> list[dict]:
        """Return the keys that a model lost, in order."""
        return [
            key
            for (key,) in self.database.query(
                "select key from ops.vanished where model = %s order by version", model
            )
        ]
