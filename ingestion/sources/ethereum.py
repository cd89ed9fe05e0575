"""Ethereum's token transfers and tokens, from Google's public BigQuery dataset.

Transfers are asked a UTC day a query, by the partition column, once the day is over;
tokens by when their contracts were made, all in one query. A day lands in one load:
half of it would be worth nothing, and a query that is asked again costs again.
`ethereum_queries` knows how BigQuery is asked.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

import dlt
import pyarrow as pa

from ingestion import keys
from ingestion.clock import NotYetError, is_ahead
from ingestion.ethereum_queries import Queries, Settings, are_same
from ingestion.http import FailedError, RefusedError
from ingestion.keys import Page
from ingestion.landing import PAGE, as_page
from ingestion.retractions import Count
from ingestion.run import Run
from ingestion.source import Source
from ingestion.states import ALL
from ingestion.window import Window, days, midnight

GENESIS = datetime(2015, 7, 30, tzinfo=UTC)
DAY = timedelta(days=1)
FIRST_DAYS = 1
# Google fills a day for some hours after its end
TAIL_DAYS = 2
MAXIMUM_BYTES = 10 * 2**30
PAGE_ROWS = 5_000
WAIT_SECONDS = 600
MART = "marts.fct_token_transfers_1d"
STORED = """
select transfer_date, transfer_count
from marts.fct_token_transfers_1d
where
    transfer_date >= (%(start)s at time zone 'utc')::date
    and transfer_date < (%(end)s at time zone 'utc')::date
"""


def table_of(
    run: Run,
    settings: Settings,
    name: str,
    first: datetime,
    tail: timedelta,
    parts: Callable[[Window], Iterator[Window]],
) -> Iterator[pa.Table]:
    """Yield a chunk of a table's pages: those of one query.

    `parts` gives the spans of the queries. A scheduled run goes on from its cursor,
    the last `tail` asked again; a backfill goes over the run's window, whole days.
    A trial asks for all parts in one chunk and moves nothing.
    """
    spans = {}
    if run.is_open(name):
        spans[name] = _span(run, name, first, tail)

    def pages_of(_: str, asked: Window) -> Iterator[Page]:
        queries = Queries(settings)
        key = run.keys[name]
        for part in parts(asked):
            key.bytes += queries.weigh(name, part)
            known_at = queries.answer.known_at
            run.report.hear(queries.answer.skew)
            key.hear(known_at)
            if is_ahead(part.start, known_at):
                raise NotYetError
            # a day is asked for once it is over
            is_over = not is_ahead(part.end, known_at)
            end = part.end if is_over else midnight(known_at)
            if end <= part.start:
                return
            is_last = not is_over or part.end == asked.end
            yield from _pages(queries, name, Window(part.start, end), is_last)

    yield from keys.read(run, spans, pages_of, names=(name,))
    if run.is_dry and name in run.keys:
        _weigh(run, settings, name)


def _span(
    run: Run, name: str, first: datetime, tail: timedelta
) -> tuple[datetime, datetime]:
    """Return from when to when a table is to be asked: whole days that are over."""
    today = midnight(run.now)
    known = run.keys.get(name)
    goes_on = known is not None and known.reached is not None
    reached = known.reached if goes_on else keys.cursor(name, run)
    if run.window:
        end = midnight(run.window.end + DAY - timedelta(microseconds=1))
        return reached or midnight(run.window.start), min(end, today)
    if goes_on or not reached:
        return reached or first, today
    return midnight(reached - tail), today


def _pages(queries: Queries, name: str, asked: Window, is_last: bool) -> Iterator[Page]:
    """Yield the pages of one query; the last one says that all of them are there.

    Raises:
        RefusedError: BigQuery will not answer this.
        FailedError: it did not answer now, or not with all rows that it announced.

    """
    came = 0
    for part in queries.pages(name, asked):
        came += part.rows
        is_whole = part.is_last and came == part.announced
        is_trial = "limit" in part.request
        is_of_a_day = name == "token_transfers" and not is_trial
        is_claimed = is_of_a_day and part.request["page"] == 1
        count = Count(MART, STORED, name, asked.start, asked.end, part.announced or 0)
        yield Page(
            row=as_page(part.request, part.answer),
            records=part.rows,
            reached=asked.end if is_whole and not is_trial else asked.start,
            is_last=is_whole and is_last,
            gaps=(asked,) if is_of_a_day and is_whole and not came else (),
            ends_chunk=is_whole and not is_trial,
            claims=(count,) if is_claimed else (),
            dedup_key=_dedup_key(part.request),
            is_same=are_same,
            ends_answer=part.is_last,
        )
    if came != part.announced:
        announced = (
            "an unknown number" if part.announced is None else f"{part.announced:,}"
        )
        raise FailedError(f"{came:,} rows came of {announced} announced")


def _dedup_key(request: Mapping[str, object]) -> str:
    """Return what is asked for, whichever job it is."""
    return ", ".join(f"{request[name]}" for name in ("from", "to", "columns", "page"))


def _weigh(run: Run, settings: Settings, name: str) -> None:
    """Note what a span's queries would take, without asking them."""
    key = run.keys[name]
    try:
        key.bytes = Queries(settings).weigh(name, key.asked, may_exceed=True)
    except RefusedError as error:
        key.outcome, key.sentence = "refused", str(error)
    except FailedError as error:
        key.outcome, key.sentence = "failed", str(error)


def are_asked_together(span: Window) -> bool:
    """Whether the gaps in a span are one ask: no, for each day costs a query."""
    return False


def _whole(asked: Window) -> Iterator[Window]:
    yield asked


@dlt.source(name="ethereum", max_table_nesting=0)
def source(
    run: Run,
    base_url: str | None = None,
    project: str | None = None,
    first_days: int = FIRST_DAYS,
    tail_days: int = TAIL_DAYS,
    maximum_bytes: int = MAXIMUM_BYTES,
    query_limit: int = 0,
    page_rows: int = PAGE_ROWS,
    wait_seconds: int = WAIT_SECONDS,
) -> Iterator[dlt.sources.DltResource]:
    """Return the resources; `SOURCES__ETHEREUM__*` sets what is not given.

    Without a `base_url` Google is asked, with its default credentials.
    """
    run.is_trial = query_limit > 0
    settings = Settings(
        base_url or "",
        project or "",
        maximum_bytes,
        query_limit,
        page_rows,
        wait_seconds,
    )
    yesterday = midnight(run.now) - first_days * DAY
    for name, first, parts in (
        ("token_transfers", yesterday, days),
        ("tokens", GENESIS, _whole),
    ):
        read = table_of(run, settings, name, first, tail_days * DAY, parts)
        yield dlt.resource(read, name=f"ethereum__{name}")


SOURCE = Source(
    tables={"ethereum__token_transfers": PAGE, "ethereum__tokens": PAGE},
    records="rows",
    resources=source,
    are_asked_together=are_asked_together,
    page_span=DAY,
    request=("table", "from", "to"),
    # each has only the tokens of its time: all of them are the list
    states={"ethereum__tokens": (ALL,)},
)
