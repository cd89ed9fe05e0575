"""dbt without what it does in each run of a process, and nobody here reads."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from unittest.mock import patch


@contextmanager
def quick_dbt() -> Iterator[None]:
    """Spare dbt what it does in each run.

    It searches all modules for the name of a flag's source, which takes longer with
    each run of a process, since dbt-adapters notes one more flag a run; all that can be
    imported for plugins; writes a summary of the graph; takes a model's SQL apart for
    its ephemeral ones, though it is what it was in the run before; and makes a message
    of each event for logs that take none of debugging.
    """
    from dbt import compilation
    from dbt.plugins import PluginManager
    from dbt_common.behavior_flags import BehaviorFlagRendered

    source = staticmethod(lambda: "dbt")
    plugins = PluginManager.get_prefixed_modules()
    original = compilation.inject_ctes_into_sql

    @lru_cache(1000)
    def injected(sql: str, *ctes: tuple[str, str]) -> str:
        return original(sql, [compilation.InjectedCTE(*cte) for cte in ctes])

    def inject(sql: str, ctes: list) -> str:
        return injected(sql, *((cte.id, cte.sql) for cte in ctes))

    with (
        patch.object(BehaviorFlagRendered, "_default_source", source),
        patch.object(PluginManager, "get_prefixed_modules", lambda: plugins),
        patch.object(compilation.Linker, "get_graph_summary", lambda *_: {}),
        patch.object(compilation, "inject_ctes_into_sql", inject),
        _no_unheard_events(),
    ):
        yield


@contextmanager
def _no_unheard_events() -> Iterator[None]:
    """Make a message of an event of debugging only if a log or a callback gets it."""
    from dbt.events.logging import track_behavior_change_warn
    from dbt_common.events.base_types import BaseEvent, EventLevel
    from dbt_common.events.event_manager import EventManager

    fire, make, get = EventManager.fire_event, BaseEvent.__init__, BaseEvent.__getattr__

    def fire_heard(
        self: EventManager, event: BaseEvent, level: EventLevel | None = None, **how
    ) -> None:
        is_heard = self.callbacks != [track_behavior_change_warn] or any(
            logger.level == EventLevel.DEBUG for logger in self.loggers
        )
        if is_heard or (level or event.level_tag()) != EventLevel.DEBUG:
            fire(self, event, level, **how)

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
