"""dbt without what it does in each run of a process, and nobody here reads."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from functools import lru_cache
from typing import TYPE_CHECKING
from unittest.mock import patch

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest


@contextmanager
def quick_dbt() -> Iterator[None]:
    """Spare dbt what it does in each run.

    It searches all modules for the name of a flag's source, which takes longer with
    each run of a process, since dbt-adapters notes one more flag a run; all that can be
    imported for plugins; writes a summary of the graph; takes a model's SQL apart for
    its ephemeral ones, and compiles its Jinja, though both are what they were in the
    run before; learns how dates are written in English for each result; and makes a
    message of each event for logs that take none of debugging.
    """
    import parsedatetime
    from dbt import compilation
    from dbt.plugins import PluginManager
    from dbt_common.behavior_flags import BehaviorFlagRendered
    from dbt_common.clients.jinja import MacroFuzzEnvironment

    source = staticmethod(lambda: "dbt")
    plugins = PluginManager.get_prefixed_modules()
    original = compilation.inject_ctes_into_sql

    @lru_cache(1000)
    def injected(sql: str, *ctes: tuple[str, str]) -> str:
        return original(sql, [compilation.InjectedCTE(*cte) for cte in ctes])

    def inject(sql: str, ctes: list) -> str:
        return injected(sql, *((cte.id, cte.sql) for cte in ctes))

    with (
        patch.object(parsedatetime, "Constants", lru_cache(parsedatetime.Constants)),
        patch.object(MacroFuzzEnvironment, "compile", _once(MacroFuzzEnvironment)),
        patch.object(BehaviorFlagRendered, "_default_source", source),
        patch.object(PluginManager, "get_prefixed_modules", lambda: plugins),
        patch.object(compilation.Linker, "get_graph_summary", lambda *_: {}),
        patch.object(compilation, "inject_ctes_into_sql", inject),
        _no_unheard_events(),
    ):
        yield


def unbuilt(parsed: "Manifest") -> "Manifest":
    """Return a project as it was parsed, for one run to write on what it compiles.

    dbt's own copy makes all that it holds anew. What macros see of a node until it is
    compiled is made once for all runs.
    """
    lent = copy(parsed)
    for kind in ("nodes", "functions", "unit_tests"):
        compiled = {name: copy(node) for name, node in getattr(parsed, kind).items()}
        setattr(lent, kind, compiled)
    for node in (*lent.nodes.values(), *lent.functions.values()):
        node.extra_ctes = []
    lent.build_flat_graph()
    known = vars(parsed).setdefault("seen", {})
    for kind in ("nodes", "functions", "sources"):
        lent.flat_graph[kind] = _Seen(getattr(lent, kind), known)
    return lent


class _Seen(Mapping):
    """Nodes as macros see them, which is as they were parsed until one is compiled."""

    def __init__(self, nodes: Mapping, known: dict[str, dict]) -> None:
        self._nodes, self._known = nodes, known

    def __getitem__(self, name: str) -> dict:
        node = self._nodes[name]
        if getattr(node, "compiled", False):
            return node.to_dict(omit_none=False)
        if name not in self._known:
            self._known[name] = node.to_dict(omit_none=False)
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._nodes)

    def __len__(self) -> int:
        return len(self._nodes)


def _once(environment: type) -> Callable:
    """Return its `compile`, which forgets no text; all of a class compile alike."""
    original, known = environment.compile, {}

    def compile_once(self: object, source: str) -> object:
        if source not in known:
            known[source] = original(self, source)
        return known[source]

    return compile_once


@contextmanager
def _no_unheard_events() -> Iterator[None]:
    """Make a message of an event of debugging only if a log or a callback gets it."""
    from dbt.events.logging import track_behavior_change_warn
    from dbt_common.events.base_types import BaseEvent, EventLevel
    from dbt_common.events.event_manager import EventManager

    fire, make, get = EventManager.fire_event, BaseEvent.__init__, BaseEvent.__getattr__

    def fire_heard(
        self: EventManager,
        event: BaseEvent,
        level: EventLevel | None = None,
        *how: object,
        **named: object,
    ) -> None:
        is_heard = self.callbacks != [track_behavior_change_warn] or any(
            logger.level == EventLevel.DEBUG for logger in self.loggers
        )
        if is_heard or (level or event.level_tag()) != EventLevel.DEBUG:
            fire(self, event, level, *how, **named)

    def keep(self: BaseEvent, *words: object, **values: object) -> None:
        object.__setattr__(self, "_made_of", (words, values))

    def made(self: BaseEvent, name: str) -> object:
        words, values = object.__getattribute__(self, "_made_of")
        if "pb_msg" not in self.__dict__:
            make(self, *words, **values)
        return self.pb_msg if name == "pb_msg" else get(self, name)

    with (
        patch.object(EventManager, "fire_event", fire_heard),
        patch.object(BaseEvent, "__init__", keep),
        patch.object(BaseEvent, "__getattr__", made),
    ):
        yield
