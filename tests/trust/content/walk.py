"""All stories of all systems in one database, built twice."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from importlib import import_module

from ingestion.sources import SYSTEMS as ALL
from tests.support.database import Database
from tests.support.raw import Raw
from tests.support.tables import Tables
from tests.trust.content.binance import Binance
from tests.trust.content.coins import PRICES, VOLUMES, rank
from tests.trust.content.ecb import Ecb
from tests.trust.content.ethereum import Ethereum
from tests.trust.content.loans import Loans
from tests.trust.content.mangled import mangled
from tests.trust.content.plant import Plant
from tests.trust.content.story import Answer, Rows, Story
from tests.trust.content.xe import Xe

NAMED = {
    system.name: system
    for system in (
        *(Binance(), Plant(), Xe(), Ecb(), Loans()),
        *(PRICES, VOLUMES, Ethereum()),
    )
}
SYSTEMS = {
    name: NAMED.get(name) or import_module(f"tests.trust.content.{name}").SYSTEM
    for name in ALL
}
"""A further exchange's is `SYSTEM` of its own file."""
STORIES = {name: system.stories() for name, system in SYSTEMS.items()}
rank(STORIES)
MODELS = (
    *("-s", "+fct_candles_5m", "+fct_turbine_signals_10m", "+fct_fx_rates_1d"),
    *("+fct_coin_ranks_1m", "+fct_token_transfers", "+fct_loan_arrears_1d"),
    "+rpt_rejected_records",
)
QUARANTINES = """
select relname
from pg_class
inner join pg_namespace on pg_namespace.oid = pg_class.relnamespace
where nspname = 'staging' and relname like '%%rejected' and relkind = 'r'
"""


@dataclass(frozen=True)
class Reject:
    """What a quarantine says of a record."""

    quarantine: str
    record: str
    code: str
    reason: str
    load: str


@dataclass
class Seen:
    """What the marts say after a build, and what is in quarantine."""

    marts: dict[str, Rows]
    rejects: set[Reject]
    kept: dict[Reject, str]
    """With the request of the page that each came from."""


@dataclass
class Walk:
    """The stories as they landed, and what was seen after each build."""

    requests: dict[str, set[str]] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)

    def rejects(self, story: Story, build: int) -> list[str]:
        """Return why records of a story stood in quarantine after a build."""
        return [
            reject.reason
            for reject in self.seen[build].rejects
            if (reject.record in story.records or reject.load in story.loads)
        ]


def walk(database: Database, dbt: Callable) -> Walk:
    """Land what is wrong, build, land what is good, build, land what is mangled, build.

    What is mangled is older than all else, so that it changes nothing that is known.
    """
    raw, tables, found = Raw(database), Tables(database), Walk()

    def land(table: str, answers: Iterable[Answer]) -> str:
        answers = list(answers)
        load = raw.land_answers(table, answers)
        found.requests[load] = {request for request, *_ in answers}
        return load

    def build() -> None:
        dbt("run", *MODELS)
        found.seen.append(_seen(database, tables))

    for phase, beside in (("first", "prelude"), ("then", "interlude")):
        for name, system in SYSTEMS.items():
            for load in getattr(system, beside)():
                land(*load)
            for story in STORIES[name].values():
                if isinstance(story, Story):
                    for pages in getattr(story, phase):
                        story.loads.add(land(system.table, pages))
        build()
    for system in SYSTEMS.values():
        for page in mangled(system):
            land(system.table, [page])
    build()
    return found


def _seen(database: Database, tables: Tables) -> Seen:
    told = database.query(
        "select quarantine, record_key, rejected_code, reason, load_id "
        "from marts.rpt_rejected_records"
    )
    kept = {}
    for (name,) in database.query(QUARANTINES):
        for *said, request in database.query(
            "select record_key, rejected_code, reason, load_id, request "  # noqa: S608
            f"from staging.{name}"
        ):
            kept[Reject(name, *said)] = request
    marts = {name: system.built(tables) for name, system in SYSTEMS.items()}
    return Seen(marts, {Reject(*row) for row in told}, kept)
