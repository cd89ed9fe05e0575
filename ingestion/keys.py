"""The keys of a system, read side by side, each from its own cursor.

A key is what a system's data comes by: a symbol, a turbine, a currency, a day. One
that is slow or fails keeps none of the others.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from time import monotonic

import dlt
import pyarrow as pa

from ingestion import clock, notes
from ingestion.clock import NotYetError, is_ahead
from ingestion.http import FailedError, RefusedError
from ingestion.landing import PAGE
from ingestion.report import UNCHANGED, Key
from ingestion.retractions import Claims, RetractionGuard
from ingestion.run import Run
from ingestion.unchanged import UnchangedAnswers
from ingestion.window import Window, days

CHUNK_PAGES = 500
BATCH_PAGES = 20
BATCH_BYTES = 64 * 2**20
EMPTY, QUIET = "empty", "quiet"
MOST_CHARACTERS = 200
"""Of the name of a key, and of each text that a record is known by."""


@dataclass(frozen=True)
class Page:
    """One answer: its row, its records, where to ask on, what the source lacks.

    `gaps` are spans that the source has nothing in, though there may have been
    something; `quiet` are those in which by its rules nothing happened; `unanswered`
    are keys that were asked together with this one and are not in the answer.
    `ends_chunk` says whether the key's part of the chunk ends here; else the number of
    pages decides. `claims` are what the page is a complete answer for: what it lacks
    there goes. `asked` is what it is of, if not what its key was asked for; `is_timed`
    whether that is a span of the source's time.

    `dedup_key` is what tells the page apart beyond its body: what was asked, but for a
    moving end that adds nothing, and what the time of the answer adds. A page that
    `is_same` as the newest of its key does not land, if its whole answer doesn't, which
    `ends_answer` is the end of. It is None where that time is a value itself.
    """

    row: dict[str, object]
    records: int
    reached: datetime
    is_last: bool
    gaps: tuple[Window, ...] = ()
    quiet: tuple[Window, ...] = ()
    unanswered: tuple[str, ...] = ()
    ends_chunk: bool | None = None
    claims: Claims = ()
    dedup_key: str | None = None
    is_same: Callable[[str, str], bool] = str.__eq__
    ends_answer: bool = True
    asked: Window | None = None
    is_timed: bool = True

    @property
    def known_at(self) -> datetime:
        """Up to when the source has answered: by its clock, else by ours."""
        return self.row["answered_at"] or self.row["fetched_at"]

    def repeats(self, payload: str) -> bool:
        """Whether the body says what another one did."""
        return self.is_same(payload, str(self.row["payload"]))


PagesOf = Callable[[str, Window], Iterator[Page]]


def cursor(name: str, run: Run) -> datetime | None:
    """Return the cursor of a key: where it is to be asked on; None if it never was.

    That is by dlt's state, or further on where this run saw that all is unchanged,
    which moves no cursor. A cursor in the future is of a clock that was wrong: then
    notes say up to when the key was asked before.
    """
    text = _cursors(run.window).get(name)
    key = run.keys.get(name)
    found = [datetime.fromisoformat(text)] if text else []
    if found and not run.window and is_ahead(found[0], run.now):
        found = notes.covered_to(run.system, name, run.now)
    if key and key.unchanged_to:
        found.append(key.unchanged_to)
    return max(found, default=None)


def spans(
    run: Run, names: Iterable[str], first: datetime, tail: timedelta
) -> dict[str, tuple[datetime, datetime]]:
    """Return from when to when each key that is open is to be asked.

    A backfill goes over its window. Another run goes from `first`, or from the key's
    cursor with the last `tail` once more, up to now.
    """
    found = {}
    for name in filter(run.is_open, names):
        reached = cursor(name, run)
        if run.window:
            found[name] = (reached or run.window.start, run.window.end)
        else:
            again = tail if name not in run.keys else timedelta()
            found[name] = (reached - again if reached else first, run.now)
    return found


def reset_cursor(name: str) -> None:
    """Forget the cursor of a key, which then is asked as one that never was."""
    _cursors(None).pop(name, None)


def read(
    run: Run,
    spans: Mapping[str, tuple[datetime, datetime]],
    pages_of: PagesOf,
    names: Collection[str] | None = None,
) -> Iterator[pa.Table]:
    """Yield a chunk of pages; note in the run what became of each key.

    `spans` says from when to when each key is to be asked; one that has no length is
    done. `names` are the keys of this resource, where the system has others too.

    A chunk is about `CHUNK_PAGES` pages, shared among the keys. Each page moves its
    key's cursor in dlt's state, which lands with the page or not at all. A run for gaps
    asks for these instead of `spans`, a gap a chunk, and moves no cursor.

    The cursors of a backfill go when all of it is well, or stay at the end of what was
    asked, if the run says `is_kept`.

    Of two answers the one that was fetched later counts. So where our clock was set
    back since the last page landed, it goes on from there.
    """
    if run.is_for_gaps:
        spans = run.next_asks(names)
    # neither a trial nor a gap moves a cursor
    is_aside = run.is_trial or run.is_for_gaps
    cursors = {} if is_aside else _cursors(run.window)
    rows, size = [], 0
    behind = _behind()
    with UnchangedAnswers(run) as unchanged:
        for key, page in _chunk(run, spans, pages_of, unchanged):
            if page:
                _rewind(cursors, key, page)
            for landing in unchanged.take(key, page) if page else unchanged.rest(key):
                reached = landing.reached.isoformat()
                cursors[key.name] = max(reached, cursors.get(key.name, reached))
                _set_back(landing.row, behind)
                _land(run, key, landing)
                unchanged.note(key, landing)
                rows.append(landing.row)
                size += len(landing.row["payload"])
                if len(rows) == BATCH_PAGES or size > BATCH_BYTES:
                    yield pa.Table.from_pylist(rows, schema=PAGE)
                    rows, size = [], 0
            if not page:
                noted = _fetch(run, key, key.answered, key.chunk_outcome)
                run.notes.append(noted)
                if run.is_kept and key.is_done and key.outcome == "ok":
                    cursors[key.name] = key.answered[1].isoformat()
    if rows:
        yield pa.Table.from_pylist(rows, schema=PAGE)
    is_over = run.report.is_well(names) and not run.is_kept
    if run.window and is_over and not run.is_trial:
        dlt.current.resource_state()["backfills"].pop(str(run.window))


def _rewind(cursors: dict[str, str], key: Key, page: Page) -> None:
    """Set a cursor ahead of the source's time to where the key was asked from."""
    text = cursors.get(key.name)
    if text and is_ahead(datetime.fromisoformat(text), page.known_at):
        cursors[key.name] = key.asked.start.isoformat()


def _land(run: Run, key: Key, page: Page) -> None:
    """Note what becomes of a key, and of others, by a page that lands."""
    key.land(page.records)
    run.notes += [_fetch(run, key, (gap.start, gap.end), EMPTY) for gap in page.gaps]
    quiet = [part for span in page.quiet for part in days(span)]
    run.notes += [_fetch(run, key, (part.start, part.end), QUIET) for part in quiet]
    for name in page.unanswered:
        failed = run.fail(name, key.asked, "asked, but not in the answer")
        run.notes.append(_fetch(run, failed, key.answered, "failed"))
    _note(page.row["fetched_at"])


def _chunk(
    run: Run,
    spans: Mapping[str, tuple[datetime, datetime]],
    pages_of: PagesOf,
    unchanged: UnchangedAnswers,
) -> Iterator[tuple[Key, Page | None]]:
    """Return each page as it comes, each key's next one being asked meanwhile.

    A key comes once without a page: when its share of the chunk, or all, is read.
    """
    asked = {
        run.open(name, Window(start, end)): _asked(pages_of, name, Window(start, end))
        for name, (start, end) in spans.items()
        if start < end
    }
    for name, key in run.keys.items():
        # which has no more to ask, now that the source's clock is known
        key.is_done = key.is_done or (name in spans and key not in asked)
    if run.is_dry:
        return
    share = -(-CHUNK_PAGES // max(len(asked), 1))
    with ThreadPoolExecutor(max(len(asked), 1)) as pool, RetractionGuard() as guard:
        waiting = {pool.submit(next, pages, None): key for key, pages in asked.items()}
        while waiting:
            for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                key = waiting.pop(future)
                page = _page(run, key, future, guard, unchanged)
                if page:
                    key.count(page.reached)
                is_answered = not page or page.is_last
                key.is_done = is_answered and not (page and run.goes_on(key.name))
                if key.is_early and key.outcome == "ok":
                    # to be asked by the source's clock
                    key.is_done = key.is_early = False
                is_over = is_answered or _ends(page, key, share)
                if not is_over:
                    waiting[pool.submit(next, asked[key], None)] = key
                if page:
                    yield key, page
                if is_over:
                    yield key, None


def _asked(pages_of: PagesOf, name: str, asked: Window) -> Iterator[Page]:
    """Yield the pages of a key.

    Raises:
        RefusedError: its name is longer than staging has room for.

    """
    if len(name) > MOST_CHARACTERS:
        raise RefusedError(f"its name has more than {MOST_CHARACTERS} characters")
    yield from pages_of(name, asked)


def _ends(page: Page, key: Key, share: int) -> bool:
    """Whether a key's part of the chunk ends with a page."""
    if page.ends_chunk is None:
        return key.chunk_answers == share
    return page.ends_chunk


def _page(
    run: Run,
    key: Key,
    future: Future[Page | None],
    guard: RetractionGuard,
    unchanged: UnchangedAnswers,
) -> Page | None:
    """Return a page that landed may be; none at the end, or where the key has failed.

    What is unchanged was accepted when it landed.
    """
    try:
        page = future.result()
        page = page and _bounded(run, key, page)
        key.is_unchanged = page is not None and unchanged.has(key, page)
        if page and page.claims:
            check = guard.accept if key.is_unchanged else guard.check
            check(key.name, key.asked.end, page.claims)
        return page
    except RefusedError as error:
        key.outcome, key.sentence = "refused", _printable(str(error))
    except FailedError as error:
        key.outcome, key.sentence = "failed", _printable(str(error))
    except NotYetError:
        is_fixed = run.window or run.is_for_gaps
        if is_fixed or key.known_at is None or key.asked.start <= run.now:
            key.outcome = "failed"
            key.sentence = "asked for a time that has not come by the source's clock"
        else:
            key.is_early = True
    return None


def _bounded(run: Run, key: Key, page: Page) -> Page:
    """Return a page that says nothing of a time to come by its source's clock.

    Raises:
        NotYetError: all that it was asked for is of such.

    """
    run.report.hear(page.row.get("skew", timedelta()))
    key.hear(page.known_at)
    if not page.is_timed:
        return page
    key.asked = page.asked or key.asked
    if is_ahead(key.asked.start, page.known_at):
        raise NotYetError
    gaps, quiet = (
        tuple(
            Window(span.start, min(span.end, page.known_at))
            for span in spans
            if span.start < page.known_at
        )
        for spans in (page.gaps, page.quiet)
    )
    page = replace(page, gaps=gaps, quiet=quiet)
    if not is_ahead(page.reached, page.known_at):
        return page
    return replace(page, reached=page.known_at, is_last=True)


def _printable(sentence: str) -> str:
    """Return a sentence without what no log and no table can hold: it quotes others."""
    return "".join(each if each.isprintable() else "\ufffd" for each in sentence)


def _set_back(row: dict[str, object], behind: timedelta) -> None:
    """Let a page be no older than the newest; when it came is kept, too."""
    if behind and row["answered_at"] is None:
        row["answered_at"] = row["fetched_at"]
    row["fetched_at"] += behind


def _behind() -> timedelta:
    """Return how far our clock is behind the newest page that landed, if it is."""
    text = dlt.current.resource_state().get("newest_page_at")
    if not text:
        return timedelta()
    return max(datetime.fromisoformat(text) - clock.now(), timedelta())


def _note(fetched_at: datetime) -> None:
    state = dlt.current.resource_state()
    text = fetched_at.isoformat(timespec="microseconds")
    state["newest_page_at"] = max(text, state.get("newest_page_at", text))


def _cursors(window: Window | None) -> dict[str, str]:
    state = dlt.current.resource_state()
    if window is None:
        return state.setdefault("cursors", {})
    return state.setdefault("backfills", {}).setdefault(str(window), {})


def _fetch(
    run: Run, key: Key, asked: tuple[datetime, datetime], outcome: str
) -> dict[str, object]:
    sentences = {
        EMPTY: "the source has nothing more here",
        QUIET: "nothing happened here, says the source",
        UNCHANGED: "the answer is unchanged",
    }
    is_gap = outcome in (EMPTY, QUIET)
    return {
        "system": run.system,
        "key": key.name,
        "asked_from": asked[0],
        "asked_to": asked[1],
        "outcome": outcome,
        "sentence": sentences.get(outcome, key.sentence),
        "pages": 0 if is_gap else key.chunk_pages,
        "seconds": 0.0 if is_gap else monotonic() - key.opened_at,
        "fetched_at": clock.now(),
    }
