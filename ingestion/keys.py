"""The keys of a system, read side by side, each from its own place.

A key is what a system's data comes by: a symbol, a turbine, a currency, a day. One
that is slow or fails keeps none of the others.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic

import dlt
import pyarrow as pa

from ingestion.belief import Belief, Claims
from ingestion.http import FailedError, RefusedError
from ingestion.landing import PAGE
from ingestion.report import UNCHANGED, Key, Report
from ingestion.standing import Standing
from ingestion.window import Window

CHUNK_PAGES = 500
BATCH_PAGES = 20


@dataclass(frozen=True)
class Page:
    """One answer: its row, its records, where to ask on, what the source lacks.

    `gaps` are spans that the source has nothing in; `unanswered` are keys that were
    asked together with this one and are not in the answer. `ends_chunk` says whether
    the key's part of the chunk ends here; else the number of pages decides. `claims`
    are what the page is a complete answer for: what it lacks there goes.

    `says` is what the page tells beside its body: what was asked, but for a moving end
    that adds nothing, and what the time of the answer adds. A page `same` as the newest
    of those that say so does not land, if its whole answer doesn't, which `ends_answer`
    is the end of. It is null where that time is a value itself.
    """

    row: dict[str, object]
    records: int
    reached: datetime
    is_last: bool
    gaps: tuple[Window, ...] = ()
    unanswered: tuple[str, ...] = ()
    ends_chunk: bool | None = None
    claims: Claims = ()
    says: str | None = None
    same: Callable[[str, str], bool] = str.__eq__
    ends_answer: bool = True

    def repeats(self, payload: str) -> bool:
        """Whether the body says what another one did."""
        return self.same(payload, str(self.row["payload"]))


PagesOf = Callable[[str, Window], Iterator[Page]]


def place(name: str, report: Report) -> datetime | None:
    """Give where a key is to be asked on; null if it never was.

    That is by dlt's state, or further on where this run saw that what stands there does
    so still, which moves no place.
    """
    text = _places(report.window).get(name)
    key = report.keys.get(name)
    told = [datetime.fromisoformat(text)] if text else []
    return max(told + ([key.stands_to] if key and key.stands_to else []), default=None)


def forget(name: str) -> None:
    """Forget the place of a key, which then is asked as one that never was."""
    _places(None).pop(name, None)


def read(
    report: Report,
    spans: Mapping[str, tuple[datetime, datetime]],
    pages_of: PagesOf,
    names: Collection[str] | None = None,
) -> Iterator[pa.Table]:
    """Yield a chunk of pages; note in the report what became of each key.

    `spans` says from when to when each key is to be asked; one that has no length is
    done. `names` are the keys of this resource, where the system has others too.

    A chunk is about `CHUNK_PAGES` pages, shared among the keys. Each page moves its
    key's place in dlt's state, which lands with the page or not at all. A run for gaps
    asks for these instead of `spans`, a gap a chunk, and leaves all places alone.

    The places of a backfill go when all of it is well, or stay at the end of what was
    asked, if the report says `is_kept`.

    Of two answers the one that was fetched later counts. So where our clock was set
    back since the last page landed, it goes on from there.
    """
    if report.is_for_gaps:
        spans = report.next_asks(names)
    # neither a trial nor a gap moves a place
    is_aside = report.is_trial or report.is_for_gaps
    places = {} if is_aside else _places(report.window)
    rows = []
    behind = _behind()
    with Standing(report) as standing:
        for key, page in _chunk(report, spans, pages_of, standing):
            for landing in standing.take(key, page) if page else standing.rest(key):
                reached = landing.reached.isoformat()
                places[key.name] = max(reached, places.get(key.name, reached))
                landing.row["fetched_at"] += behind
                _land(report, key, landing)
                standing.note(key, landing)
                rows.append(landing.row)
                if len(rows) == BATCH_PAGES:
                    yield pa.Table.from_pylist(rows, schema=PAGE)
                    rows = []
            if not page:
                report.notes.append(_fetch(report, key, key.asked, key.told))
                if report.is_kept and key.is_done and key.outcome == "ok":
                    places[key.name] = key.asked.end.isoformat()
    if rows:
        yield pa.Table.from_pylist(rows, schema=PAGE)
    is_over = report.is_well(names) and not report.is_kept
    if report.window and is_over and not report.is_trial:
        dlt.current.resource_state()["backfills"].pop(str(report.window))


def _land(report: Report, key: Key, page: Page) -> None:
    """Note what becomes of a key, and of others, by a page that lands."""
    key.land(page.records)
    report.notes += [_fetch(report, key, gap, "empty") for gap in page.gaps]
    for name in page.unanswered:
        failed = report.fail(name, key.asked, "asked, but not in the answer")
        report.notes.append(_fetch(report, failed, failed.asked, "failed"))
    _note(page.row["fetched_at"])


def _chunk(
    report: Report,
    spans: Mapping[str, tuple[datetime, datetime]],
    pages_of: PagesOf,
    standing: Standing,
) -> Iterator[tuple[Key, Page | None]]:
    """Give each page as it comes, each key's next one being asked meanwhile.

    A key comes once without a page: when its share of the chunk, or all, is read.
    """
    asked = {
        report.open(name, Window(start, end)): pages_of(name, Window(start, end))
        for name, (start, end) in spans.items()
        if start < end
    }
    if report.is_dry:
        return
    share = -(-CHUNK_PAGES // max(len(asked), 1))
    with ThreadPoolExecutor(max(len(asked), 1)) as pool, Belief() as belief:
        waiting = {pool.submit(next, pages, None): key for key, pages in asked.items()}
        while waiting:
            for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                key = waiting.pop(future)
                page = _page(key, future, belief, standing)
                if page:
                    key.count(page.reached)
                is_answered = not page or page.is_last
                key.is_done = is_answered and not (page and report.goes_on(key.name))
                is_over = is_answered or _ends(page, key, share)
                if not is_over:
                    waiting[pool.submit(next, asked[key], None)] = key
                if page:
                    yield key, page
                if is_over:
                    yield key, None


def _ends(page: Page, key: Key, share: int) -> bool:
    """Whether a key's part of the chunk ends with a page."""
    if page.ends_chunk is None:
        return key.chunk_answers == share
    return page.ends_chunk


def _page(
    key: Key, future: Future[Page | None], belief: Belief, standing: Standing
) -> Page | None:
    """Give a page that landed may be; none at the end, or where the key has failed.

    What stands was believed when it landed.
    """
    try:
        page = future.result()
        key.stands = page is not None and standing.has(key, page)
        if page and page.claims:
            judge = belief.trust if key.stands else belief.judge
            judge(key.name, key.asked.end, page.claims)
        return page
    except RefusedError as error:
        key.outcome, key.sentence = "refused", _printable(str(error))
    except FailedError as error:
        key.outcome, key.sentence = "failed", _printable(str(error))
    return None


def _printable(sentence: str) -> str:
    """Give a sentence without what no log and no table can hold: it quotes others."""
    return "".join(each if each.isprintable() else "\ufffd" for each in sentence)


def _behind() -> timedelta:
    """Give how far our clock is behind the newest page that landed, if it is."""
    text = dlt.current.resource_state().get("newest_page_at")
    if not text:
        return timedelta()
    return max(datetime.fromisoformat(text) - datetime.now(UTC), timedelta())


def _note(fetched_at: datetime) -> None:
    state = dlt.current.resource_state()
    text = fetched_at.isoformat(timespec="microseconds")
    state["newest_page_at"] = max(text, state.get("newest_page_at", text))


def _places(window: Window | None) -> dict[str, str]:
    state = dlt.current.resource_state()
    if window is None:
        return state.setdefault("cursors", {})
    return state.setdefault("backfills", {}).setdefault(str(window), {})


def _fetch(report: Report, key: Key, asked: Window, outcome: str) -> dict[str, object]:
    sentences = {
        "empty": "the source has nothing more here",
        UNCHANGED: "the answer is the one that stands",
    }
    is_gap = outcome == "empty"
    return {
        "system": report.system,
        "key": key.name,
        "asked_from": asked.start,
        "asked_to": asked.end,
        "outcome": outcome,
        "sentence": sentences.get(outcome, key.sentence),
        "pages": 0 if is_gap else key.chunk_pages,
        "seconds": 0.0 if is_gap else monotonic() - key.opened_at,
        "fetched_at": datetime.now(UTC),
    }
