"""More than the service can take is told at once, and what takes too long is ended."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import psycopg2
import pytest

PATH = "/v1/candles/binance/XRPUSDT?limit=1"
POOL, WAITING = 4, 32


@pytest.fixture
def held(house):
    """Hold a mart, so that who asks it waits."""
    address = house.run("warehouse", "url", "--role", "transformer").stdout.strip()
    with closing(psycopg2.connect(address)) as holder, holder.cursor() as cursor:
        cursor.execute("lock table marts.fct_candles_1h in access exclusive mode")
        yield


@pytest.mark.usefixtures("held")
def test_four_are_asked_thirty_two_wait_and_more_are_told_to_ask_again(house):
    asked = [f"{PATH}&x={number}" for number in range(POOL + WAITING + 14)]

    with ThreadPoolExecutor(len(asked)) as pool:
        answers = list(pool.map(house.ask, asked))

    assert {answer.status_code for answer in answers} == {503}
    assert all(answer.headers["retry-after"] for answer in answers)
    told = Counter(answer.json()["detail"].split(":")[0] for answer in answers)
    assert told["Too many requests wait already"] >= 10
    assert told["The answer took longer than 5 seconds"] >= POOL


def test_afterwards_all_is_answered_again(house):
    assert house.ask(f"{PATH}&x=after").status_code == 200
