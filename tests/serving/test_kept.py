"""Answers are kept as long as their marts stand where they stood, and no longer."""

from datetime import UTC, datetime

from serving.kept import OVERHEAD, Answer, Asked, Kept

PATH = "/v1/candles/binance/ETHUSDT?limit=5"
ASKED = Asked(("fct_candles_1h",))


def test_an_answer_is_not_modified_until_its_mart_is(house, building):
    first = house.ask(PATH)
    tag = {"If-None-Match": first.headers["etag"]}
    again = house.ask(PATH, headers=tag)
    building("12345.678")
    after = house.ask(PATH, headers=tag)

    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert after.status_code == 200
    assert after.json()[-1]["close_price"] == "12345.678"


def test_what_is_kept_is_answered_without_a_query_of_the_mart(house, building):
    kept = house.ask(PATH).content
    house.query("alter table marts.fct_candles_1h rename to gone", role="transformer")
    try:
        again, other = house.ask(PATH), house.ask(f"{PATH}0")
    finally:
        house.query(
            "alter table marts.gone rename to fct_candles_1h", role="transformer"
        )

    assert again.content == kept
    assert other.status_code == 503
    assert "dbt build" in other.json()["detail"]


def test_a_form_or_a_filter_is_an_answer_of_its_own(house):
    numbers = house.ask(f"{PATH}&numbers=number")
    texts = house.ask(PATH)

    assert numbers.headers["etag"] != texts.headers["etag"]
    assert isinstance(numbers.json()[0]["close_price"], float)


def test_closed_ranges_may_be_kept_a_minute_and_live_ones_not(house):
    closed = house.ask(f"{PATH}&from=2026-11-01&to=2026-11-02")

    assert closed.headers["cache-control"] == "max-age=60"
    assert house.ask(PATH).headers["cache-control"] == "no-cache"


def test_the_tag_of_what_is_of_now_moves_with_the_minute_alone(monkeypatch):
    of_now = Asked(("fct_coin_ranks_1m",), of_now=True)
    tags = []
    for second in (0, 59, 60):
        at = datetime(2026, 1, 1, 0, second // 60, second % 60, tzinfo=UTC)
        monkeypatch.setattr("serving.times.now", lambda at=at: at)
        tags.append((of_now.tag("/", {}, "1"), ASKED.tag("/", {}, "1")))

    assert tags[0] == tags[1]
    assert tags[1][0] != tags[2][0]
    assert tags[1][1] == tags[2][1]


def test_the_bytes_that_are_kept_have_a_bound_and_the_one_asked_longest_ago_goes():
    kept = Kept(most=10 * OVERHEAD)
    for number in range(8):
        kept.put(str(number), ASKED, "tag", Answer(b"x" * 100))
    kept.get("0")
    for number in range(8, 12):
        kept.put(str(number), ASKED, "tag", Answer(b"x" * 100))
    kept.put("large", ASKED, "tag", Answer(b"x" * 3 * OVERHEAD))

    assert kept.size <= kept.most
    assert kept.get("0")
    assert kept.get("1") is None
    assert kept.get("11")
    assert kept.get("large") is None
