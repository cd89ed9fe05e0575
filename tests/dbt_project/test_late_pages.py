"""An answer of several pages counts for what all of them say, in whatever order.

Each order of arrival with each order of load ids has an answer of its own, in one
database: a page of each lands, all is built, the next of each lands.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import permutations, product

import pytest

from tests.support.rankings import (
    LISTINGS,
    MINUTE,
    NOON,
    TOPLIST,
    Coin,
    listings,
    toplist,
)
from tests.support.raw import Raw
from tests.support.tables import Tables
from tests.support.transfers import (
    DAY,
    FETCHED,
    START,
    TRANSFERS,
    Answer,
    transfers,
)

ORDERS = [*permutations(range(3))]
SCENES = [*product(ORDERS, ORDERS)]
"""In which order the pages come, and which of them has which place among the ids."""
HOUR = timedelta(hours=1)
Landed = tuple[str, str, object]


@pytest.fixture
def said(tables: Tables) -> Callable[..., dict]:
    """Return what looks up the rows of staging, but for when and by which build."""

    def said(*names: str) -> dict[str, list[str]]:
        sql = (
            "select (to_jsonb(told) - 'updated_at' - 'changed_in')::text as said "
            "from staging.{} as told"
        )
        return {
            name: sorted(row["said"] for row in tables.records(sql.format(name)))
            for name in names
        }

    return said


def land(raw: Raw, table: str, page: Landed, scene: int, place: int) -> None:
    """Land a page in a load of its own, of a place among those of its scene."""
    raw.land_answers(table, [page], f"{1_709_640_000 + scene}.{place + 1}")


def in_parts(
    raw: Raw, build: Callable, table: str, answers: Sequence[Sequence[Landed]]
) -> None:
    """Land a page of each scene's answer, build, and so on; ids are a scene's own."""
    for step in range(3):
        for scene, ((order, ids), pages) in enumerate(
            zip(SCENES, answers, strict=True)
        ):
            place = order[step]
            land(raw, table, pages[place], scene, ids[place])
        build()


@pytest.mark.parametrize(
    ("table", "answer", "total"),
    [(LISTINGS, listings, None), (TOPLIST, toplist, 25), (TOPLIST, toplist, None)],
    ids=["listings", "toplist", "toplist, no total"],
)
def test_a_snapshot_is_whole_once_its_last_page_came_in_whatever_load(
    raw, dbt, said, table, answer, total
):
    names = (f"stg_{table}", f"stg_{table}__rejected")
    models = ("run", "-s", *names)
    coins = [Coin(number) for number in range(1, 25)] + [Coin("none")]
    words = {"total": total} if total else {}
    answers = [
        [
            (request, body, at + place * timedelta(seconds=1))
            for place, (request, body, at) in enumerate(
                answer(coins, NOON + scene * MINUTE, size=10, wanted=50, **words)
            )
        ]
        for scene, _ in enumerate(SCENES)
    ]

    in_parts(raw, lambda: dbt(*models), table, answers)
    found = said(*names)
    dbt(*models, "--full-refresh", "--vars", "{rebuild_pruned: true}")

    assert len(found[names[0]]) == 24 * len(SCENES)
    assert len(found[names[1]]) == len(SCENES)
    assert all('"reason": "no id"' in text for text in found[names[1]])
    assert found == said(*names)


def test_two_pages_that_complete_two_others_are_found_with_them(raw, dbt, said):
    names = (f"stg_{TOPLIST}", f"stg_{TOPLIST}__rejected")
    models = ("run", "-s", *names)
    coins = [Coin(number) for number in range(1, 36)]
    halves = [(2, 3), (0, 1)], [(0, 1), (2, 3)], [(1, 3), (0, 2)], [(0, 3), (1, 2)]
    for step in range(2):
        for scene, parts in enumerate(halves):
            pages = toplist(coins, NOON + scene * MINUTE, size=10, wanted=50, total=35)
            raw.land_answers(
                TOPLIST,
                [pages[place] for place in parts[step]],
                f"{1_709_640_000 + scene}.{2 - step}",
            )
        dbt(*models)
    found = said(*names)
    dbt(*models, "--full-refresh", "--vars", "{rebuild_pruned: true}")

    assert len(found[names[0]]) == 35 * len(halves)
    assert found[names[1]] == []
    assert found == said(*names)


def test_a_late_page_takes_an_answer_back_that_then_is_none(raw, dbt, said):
    names = (f"stg_{TOPLIST}", f"stg_{TOPLIST}__rejected")
    models = ("run", "-s", *names)
    coins = [*(Coin(number) for number in range(1, 16)), Coin("none")]
    # two pages, the second not full, and then a fourth, by which the third is missing
    pages = toplist(coins, size=10, wanted=50)
    late = toplist([Coin(number) for number in range(1, 40)], size=10, wanted=50)[3]
    raw.land_answers(TOPLIST, pages)
    dbt(*models)
    before = said(*names)
    raw.land_answers(TOPLIST, [late], "1709640000.1")
    dbt(*models)
    found = said(*names)
    dbt(*models, "--full-refresh", "--vars", "{rebuild_pruned: true}")

    assert [len(rows) for rows in before.values()] == [15, 1]
    assert [len(rows) for rows in found.values()] == [0, 1]
    assert '"reason": "page 3 is missing"' in found[names[1]][0]
    assert found == said(*names)


DAYS = ("stg_ethereum__token_transfers", "stg_ethereum__token_transfers__rejected")
CHAIN = ("run", "-s", "stg_ethereum__answers", *DAYS)


def test_a_day_is_whole_once_its_last_page_came_in_whatever_load(raw, dbt, said):
    answers = []
    for scene, _ in enumerate(SCENES):
        day = START + scene * DAY
        answers.append(Answer(transfers(5, day), day, f"{scene}", page_rows=2).pages())
        if scene % 2:
            older = Answer(transfers(3, day, "a"), day, "old", FETCHED - HOUR)
            raw.land_answers(TRANSFERS, [page for page in older.pages()])

    in_parts(raw, lambda: dbt(*CHAIN), TRANSFERS, answers)
    found = said(*DAYS)
    dbt(*CHAIN, "--full-refresh")

    assert len(found[DAYS[0]]) == 5 * len(SCENES)
    assert found[DAYS[1]] == []
    assert found == said(*DAYS)


@pytest.mark.parametrize("has_older", [True, False])
def test_a_page_that_makes_a_day_no_whole_one_leaves_the_one_before(
    raw, dbt, said, has_older
):
    if has_older:
        older = Answer(transfers(3, salt="a"), job="old", fetched_at=FETCHED - HOUR)
        raw.land_answers(TRANSFERS, older.pages())
    raw.land_answers(TRANSFERS, Answer(transfers(5), job="new", page_rows=2).pages())
    dbt(*CHAIN)
    before = said(*DAYS)
    more = Answer(transfers(9), job="new", page_rows=2).pages()[4]
    raw.land_answers(TRANSFERS, [more], "1709640000.1")
    dbt(*CHAIN)
    found = said(*DAYS)
    dbt(*CHAIN, "--full-refresh")

    assert [len(rows) for rows in before.values()] == [5, 0]
    assert [len(rows) for rows in found.values()] == [3 if has_older else 0, 1]
    assert found == said(*DAYS)
