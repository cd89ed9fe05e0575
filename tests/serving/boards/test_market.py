"""The market's board shows the marts' candles, gaps and price checks."""

import re

import pytest

from serving.exchanges import market_of
from tests.serving.boards.conftest import SHOWN

PRICES = ("open_price", "high_price", "low_price", "close_price")
TINY = "0.0000347"


@pytest.fixture(scope="module")
def tiny(house):
    """Return a symbol of tiny prices: a gap of each kind, a candle that lacks minutes.

    Its hours are those of a day; 05:00 to 07:00 is missing here, and 12 minutes of
    10:00 are missing at the source.
    """
    house.query(
        f"""
        insert into marts.fct_candles_1h
        select
            'binance', 'TINYUSDT', hour, {TINY}0, 0.0000361, 0.0000339, 0.0000352,
            120000000, 4200, 60000000, 2100, 7, 0.000035, counted.minutes,
            counted.minutes = 60, true, now(), 1
        from generate_series(
            '2024-03-04 00:00Z'::timestamptz, '2024-03-04 23:00Z', '1 hour'
        ) as hour
        cross join lateral (
            select case when hour = '2024-03-04 10:00Z' then 48 else 60 end as minutes
        ) as counted
        where hour not in ('2024-03-04 05:00Z', '2024-03-04 06:00Z');
        insert into marts.rpt_gaps values
        (
            'binance', 'TINYUSDT', '2024-03-04 05:00Z', '2024-03-04 07:00Z', 120,
            false, 60, 1, now(), 1
        ),
        (
            'binance', 'TINYUSDT', '2024-03-04 10:20Z', '2024-03-04 10:32Z', 12,
            true, 60, 1, now(), 1
        );
        insert into marts.rpt_price_check
        select
            '2024-03-04 12:00Z'::timestamptz + place * interval '20 minutes',
            'binance', 'TINYUSDT', 0, '2024-03-04 11:55Z', {TINY}, {TINY},
            case when place = 4 then -0.03125 else 0.0001234567890123 end, now(), 1
        from generate_series(0, 6) as place;
        """,  # noqa: S608 - digits of ours
        role="transformer",
    )
    yield "TINYUSDT"
    for mart, name in (
        ("fct_candles_1h", "symbol"),
        ("rpt_price_check", "symbol"),
        ("rpt_gaps", "series_key"),
    ):
        house.query(
            f"delete from marts.{mart} where {name} = 'TINYUSDT'",  # noqa: S608 - names of ours
            role="transformer",
        )


def trace(shown: dict, name: str) -> dict:
    """Return what a figure draws under a name."""
    return next(each for each in shown["data"] if each.get("name") == name)


def times(values: list) -> list[str]:
    """Return times as a page has them, without their zone."""
    return [at and at[:16].replace("T", " ") for at in values]


@pytest.mark.parametrize("grain", ["1m", "5m", "4h", "1w"])
def test_candles_are_the_marts_to_the_last_digit(look, house, grain):
    shown = look(f"/boards/market?symbol=ethusdt&grain={grain}&count=20")

    figure = shown.figure("candles")
    price = trace(figure, "Price")
    names = ("open", "high", "low", "close")
    drawn = [times(price["x"]), *(price[name] for name in names)]
    drawn += [trace(figure, name)["y"] for name in ("VWAP", "Volume")]
    vwap = "(quote_volume / nullif(base_volume, 0))" if grain == "1m" else "vwap_price"
    columns = ", ".join(f"{name}::text" for name in (*PRICES, vwap, "base_volume"))
    found = house.query(f"""
        select to_char(opened_at at time zone 'utc', 'YYYY-MM-DD HH24:MI'), {columns}
        from marts.fct_candles_{grain} where symbol = 'ETHUSDT'
        order by opened_at desc limit 20
    """)  # noqa: S608 - names of ours
    assert list(zip(*drawn, strict=True)) == found[::-1]


def test_gaps_are_marked_by_whose_they_are(look, tiny):
    shown = look(f"/boards/market?symbol={tiny}&from=2024-03-04&to=2024-03-05")

    figure = shown.figure("candles")
    ours = trace(figure, "Missing here")
    theirs = trace(figure, "Missing at the source")
    lacking = trace(figure, "Not complete")
    assert times(ours["x"]) == ["2024-03-04 05:00", "2024-03-04 07:00", None]
    assert times(theirs["x"]) == ["2024-03-04 10:20", "2024-03-04 10:32", None]
    assert set(ours["y"]) != set(theirs["y"])
    assert times(lacking["x"]) == ["2024-03-04 10:00"]
    assert (lacking["customdata"], lacking["text"]) == (["48"], ["60"])
    said = shown.said("candles")
    assert "120" in said
    assert "python -m ingestion binance --gaps" in said
    assert "Still open" not in {each["name"] for each in figure["data"]}


def test_a_time_without_any_candle_shows_the_gap_that_it_is_in(look, tiny):
    shown = look(
        f"/boards/market?symbol={tiny}&from=2024-03-04T05:10&to=2024-03-04T06:00"
    )

    gap = trace(shown.figure("candles"), "Missing here")
    assert times(gap["x"]) == ["2024-03-04 05:10", "2024-03-04 06:00", None]
    assert "50" in shown.said("candles")


def test_hover_and_axis_show_tiny_prices_in_peoples_form(look, tiny):
    shown = look(f"/boards/market?symbol={tiny}&from=2024-03-04&to=2024-03-05")

    panel = shown.page.locator("section:has(#candles)")
    area = panel.locator(".nsewdrag").first.bounding_box()
    shown.page.mouse.move(
        area["x"] + area["width"] * 0.52, area["y"] + area["height"] * 0.5
    )
    panel.locator(".hoverlayer .legend").wait_for()
    hover = panel.locator(".hoverlayer").text_content()
    for text in (f"open {TINY}high", "close 0.0000352", "120,000,000", "UTC"):
        assert text in hover
    ticks = panel.locator(".ytick text").all_text_contents()
    assert len(ticks) == len(set(ticks))
    assert any(re.fullmatch(r"0\.0000\d+", tick) for tick in ticks)


def test_the_newest_candle_is_shown_as_open_and_how_far_it_is(look, house):
    shown = look("/boards/market?symbol=BTCUSDT&grain=1w&count=3")

    ((at, close, minutes),) = house.query(
        "select to_char(opened_at at time zone 'utc', 'YYYY-MM-DD HH24:MI'), "
        "close_price::text, minute_count from marts.fct_candles_1w "
        "where symbol = 'BTCUSDT' order by opened_at desc limit 1"
    )
    still = trace(shown.figure("candles"), "Still open")
    assert (times(still["x"]), still["y"]) == ([at], [close])
    assert f"{minutes:,} of 10,080 minutes" in shown.said("candles")


def test_candles_that_did_not_move_are_not_sent_again(house):
    path = "/boards/market/candles.json?symbol=BTCUSDT&grain=1d&count=9"
    for _ in range(2):  # in case that a minute ends between
        tag = house.ask(path).headers["etag"]
        again = house.ask(path, headers={"If-None-Match": tag})
        if again.status_code == 304:
            break

    assert (again.status_code, again.content) == (304, b"")


def test_an_asked_end_is_not_stale_and_unknown_symbols_say_so(look, tiny):
    past = look(f"/boards/market?symbol={tiny}&to=2024-03-04T04:00")
    assert past.said("candles") == ""
    assert len(trace(past.figure("candles"), "Price")["x"]) == 4

    stale = look(f"/boards/market?symbol={tiny}")
    assert "make run" in stale.said("candles")

    nothing = look("/boards/market?symbol=NOPE")
    for panel in ("candles", "price_check"):
        assert "symbol: NOPE" in nothing.said(panel)
    assert nothing.page.locator("select[name=symbol]").input_value() == "NOPE"


def test_price_checks_are_the_marts_and_far_ones_are_marked(look, house, tiny):
    shown = look(f"/boards/market?symbol={tiny}")

    figure = shown.figure("price_check")
    found = house.query(
        "select to_char(checked_at at time zone 'utc', 'YYYY-MM-DD HH24:MI'), "
        "difference::text from marts.rpt_price_check "
        "where symbol = 'TINYUSDT' order by checked_at"
    )
    drawn = trace(figure, "Difference")
    assert list(zip(times(drawn["x"]), drawn["y"], strict=True)) == found
    far = trace(figure, "Beyond 2 %")
    assert (times(far["x"]), far["y"]) == (["2024-03-04 13:20"], ["-0.03125"])
    assert far["customdata"] == [["-3.125", TINY, TINY]]


def test_price_checks_are_as_far_apart_as_asked(look, tiny):
    shown = look(f"/boards/market?symbol={tiny}&every=1h&from=2024-03-04T12:10")

    drawn = trace(shown.figure("price_check"), "Difference")
    assert times(drawn["x"]) == ["2024-03-04 13:00", "2024-03-04 14:00"]


def test_a_table_names_the_largest_differences_first(look, house, tiny):
    asked = look(f"/boards/market?symbol={tiny}&to=2024-03-04T16:00")
    heading, first = asked.table("largest_differences")
    assert heading[:3] == ["Symbol", "Difference, %", "Listed, USD"]
    assert first == ["TINYUSDT", "-3.125", TINY, TINY, "2024-03-04 13:20 UTC"]

    newest = look("/boards/market").table("largest_differences")[1:]
    found = house.query("""
        select exchange, symbol from marts.rpt_price_check where checked_at > (
            select max(checked_at) - interval '1 day' from marts.rpt_price_check
        )
        group by 1, 2 order by max(abs(difference)) desc, symbol
    """)
    assert [market_of(row[0]) for row in newest] == found


def test_a_picture_is_exported_and_nothing_is_sent_to_others(look):
    page = look("/boards/market?symbol=BTCUSDT&count=10").page

    buttons = page.locator(".modebar-btn").evaluate_all(
        "all => all.map(each => each.getAttribute('aria-label') ?? '')"
    )
    assert not [each for each in buttons if "hare" in each or "loud" in each]
    with page.expect_download() as picture:
        page.locator("section:has(#candles) [aria-label^=Download]").click()
    assert picture.value.suggested_filename == "market-candles.png"
    assert page.locator(SHOWN).count() == 1
