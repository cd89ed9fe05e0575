"""The market's board shows the marts' candles."""


def test_candles_are_the_marts_to_the_last_digit(look, house):
    shown = look("/boards/market?symbol=ETHUSDT&grain=4h&count=20")

    price = shown.figure("candles")["data"][0]
    found = house.query(
        "select open_price::text, close_price::text from marts.fct_candles_4h "
        "where symbol = 'ETHUSDT' order by opened_at desc limit 20"
    )
    assert list(zip(price["open"], price["close"], strict=True)) == found[::-1]
