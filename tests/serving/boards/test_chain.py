"""The chain's board shows a token's flow and its largest transfers."""

from datetime import timedelta

import pytest

from serving.boards.board import CHOSEN
from serving.boards.chain_queries import LARGEST

DORMANT = "0x7777777777777777777777777777777777777777"
WITHOUT_DECIMALS = "0xc0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0"
LINK = "0x514910771af9ca656af840dff83e8264ecf986ca"
USDC = "0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48"
WETH = "0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2"
LONG = "0x0202020202020202020202020202020202020202"
DAY_BEFORE = """
insert into marts.fct_token_transfers
select (
    jsonb_populate_record(
        newest,
        jsonb_build_object(
            'transaction_hash', 'before ' || newest.transaction_hash,
            'block_at', newest.block_at - interval '1 day',
            'transfer_date', newest.transfer_date - 1,
            'changed_in', 0
        )
    )
).*
from marts.fct_token_transfers as newest;
insert into marts.fct_token_transfers_1d
select (
    jsonb_populate_record(
        newest,
        jsonb_build_object('transfer_date', newest.transfer_date - 1, 'changed_in', 0)
    )
).*
from marts.fct_token_transfers_1d as newest
"""
AFTERWARDS = """
delete from marts.fct_token_transfers_1d where changed_in = 0;
delete from marts.fct_token_transfers where changed_in = 0
"""
MART = "fct_token_transfers_1d"


@pytest.fixture
def day_before(house):
    """Have the newest day's transfers a day before, too; return both days."""
    house.build(MART, DAY_BEFORE)
    ((newest,),) = house.query(
        "select max(transfer_date) from marts.fct_token_transfers"
    )
    yield f"{newest - timedelta(days=1)}", f"{newest}"
    house.build(MART, AFTERWARDS)


@pytest.fixture
def flowing(house):
    """Return what has tokens of transfers without amounts on the newest day."""

    def flow(*tokens: str) -> None:
        house.build(
            MART,
            f"""
            insert into marts.fct_token_transfers_1d
            select
                (select max(transfer_date) from marts.fct_token_transfers_1d), token,
                null, 3, 2, 2, null, null, 0, now(), 0
            from unnest(string_to_array('{" ".join(tokens)}', ' ')) as made (token)
            """,  # noqa: S608 - addresses of ours
        )

    yield flow
    house.build(MART, AFTERWARDS)


@pytest.fixture
def amended(house):
    """Return what makes a token an NFT by the list of amendments, for a while."""

    def amend(token: str, *, is_nft: bool = True) -> None:
        house.build(
            "dim_tokens",
            f"update marts.dim_tokens set is_nft = {is_nft} "  # noqa: S608 - ours
            f"where token_address = '{token}'",
        )
        changed.append(token)

    changed = []
    yield amend
    amend(changed[0], is_nft=False)


@pytest.fixture
def dormant(house):
    """Return a token that did not move on the newest day."""
    house.query(
        f"""
        insert into marts.fct_token_transfers
        select (
            jsonb_populate_record(
                transfers,
                '{{"token_address": "{DORMANT}", "transaction_hash": "0x", '
                '"token_symbol": null}}'
            )
        ).*
        from marts.fct_token_transfers as transfers
        order by block_at
        limit 1
        """,  # noqa: S608 - an address of ours
        role="transformer",
    )
    yield DORMANT
    house.query(
        "delete from marts.fct_token_transfers where transaction_hash = '0x'",
        role="transformer",
    )


def bars(shown):
    """Return what is drawn, by its name: days and sums, as text."""
    return {
        bar["name"]: dict(zip(bar["x"], bar["y"], strict=True))
        for bar in shown.figure("flow")["data"]
    }


def test_a_flow_is_the_marts_to_the_last_digit(look, house, day_before):
    shown = look(f"/boards/chain?token={WETH}")

    found = house.query(
        "select transfer_date::text, amount::text, value_usd::text, transfer_count "
        "from marts.fct_token_transfers_1d where token_address = %s",
        WETH,
    )
    assert len(found) == 2
    assert bars(shown) == {
        name: {row[0]: row[place] for row in found}
        for place, name in enumerate(("Tokens", "US dollars", "Transfers"), 1)
    }


def test_the_token_of_most_dollars_is_shown_where_none_is_asked_for(look):
    shown = look("/boards/chain")

    assert shown.page.locator("select[name=token]").input_value() == WETH
    assert set(bars(shown)) == {"Tokens", "US dollars", "Transfers"}


def test_days_narrow_the_flow_and_the_largest(look, day_before):
    day, until = day_before
    first = look(f"/boards/chain?token={USDC}&to={day}&count=500")
    second = look(f"/boards/chain?token={USDC}&from={until}&count=500")

    assert list(bars(first)["Tokens"]) == [day]
    assert list(bars(second)["Tokens"]) == [until]
    for shown, its_day in ((first, day), (second, until)):
        rows = shown.table("largest")[1:]
        assert {row[0][:10] for row in rows} == {its_day}
        assert len(rows) == bars(shown)["Transfers"][its_day]


def test_the_largest_are_the_marts_by_their_amounts(look, house, day_before):
    rows = look(f"/boards/chain?token={USDC.upper()}&count=7").table("largest")[1:]

    found = house.query(
        "select from_address, to_address, transaction_hash "
        "from marts.fct_token_transfers where token_address = %s "
        "order by amount desc, transaction_hash limit 7",
        USDC,
    )
    # whole, though shortened to look at
    assert [tuple(row[4:]) for row in rows] == found
    assert {row[2] for row in rows} == {"USDC"}


def test_the_largest_are_found_by_an_index_however_many_there_are(house):
    asked = {"token": WETH, "from": None, "to": None, "count": 5}
    literals = {
        f"%({name})s": "null" if value is None else f"'{value}'"
        for name, value in asked.items()
    }
    query = LARGEST
    for name, literal in literals.items():
        query = query.replace(name, literal)
    # so that all of a few pages is not cheaper
    plan = house.query(f"set enable_seqscan = off; explain {query}")

    lines = "\n".join(line for (line,) in plan)
    assert "fct_token_transfers_token_address_transfer_date_amount_raw" in lines
    assert "Seq Scan on fct_token_transfers" not in lines


def test_an_address_is_shortened_to_look_at_and_copied_whole(look):
    page = look(f"/boards/chain?token={WETH}&count=1").page

    hashed = page.locator(".hash").first
    address = hashed.get_attribute("title")
    copied = hashed.evaluate(
        "place => { const chosen = getSelection(); chosen.selectAllChildren(place); "
        "return chosen.toString() }"
    )
    assert len(address) == 42
    assert copied == hashed.inner_text() == address
    letter = hashed.evaluate(
        "place => place.getBoundingClientRect().width / "
        "place.children[0].getBoundingClientRect().width"
    )
    assert letter < 2


def test_an_nft_has_transfers_but_no_amounts(look, amended):
    amended(WITHOUT_DECIMALS)
    shown = look(f"/boards/chain?token={WITHOUT_DECIMALS}")

    assert set(bars(shown)) == {"Transfers"}
    assert shown.said("flow").startswith("This is an NFT: ")
    assert "an NFT, whose pieces have none" in shown.said("largest")


def test_unknown_decimals_are_told_and_amounts_are_in_the_smallest_unit(look, house):
    shown = look(f"/boards/chain?token={WITHOUT_DECIMALS}&count=500")

    assert set(bars(shown)) == {"Transfers"}
    assert "decimals are unknown" in shown.said("flow")
    assert "stg_token_amendments.sql tells them, then dbt build" in shown.said("flow")
    found = house.query(
        "select amount_raw::text from marts.fct_token_transfers "
        "where token_address = %s order by fct_token_transfers.amount_raw desc",
        WITHOUT_DECIMALS,
    )
    assert [row[1:3] for row in shown.table("largest")[1:]] == [
        [f"{int(raw):,}", "smallest unit"] for (raw,) in found
    ]


def test_transfers_without_dollars_are_counted(look, house):
    shown = look(f"/boards/chain?token={LINK}")

    ((count, day),) = house.query(
        "select count(*), min(transfer_date) from marts.fct_token_transfers "
        "where token_address = %s and value_usd is null",
        LINK,
    )
    assert f"Of {count} transfers {count} have no worth" in shown.said("flow")
    assert f"python -m ingestion binance --from {day}" in shown.said("flow")


def test_an_amount_beyond_all_measure_widens_no_page(look):
    page = look(f"/boards/chain?token={LONG}", width=390).page

    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_every_token_is_offered_by_symbol_and_address(look, house, dormant):
    page = look(f"/boards/chain?token={USDC}").page

    offered = page.locator("select[name=token] option").all_inner_texts()
    found = house.query("select distinct token_address from marts.fct_token_transfers")
    assert sorted(each.rpartition(" ")[2] for each in offered) == sorted(
        address for (address,) in found
    )
    assert {f"USDC {USDC}", dormant} < set(offered)


def test_of_many_tokens_one_is_typed(look, flowing):
    flowing(*(f"0x{number:040x}" for number in range(CHOSEN)))
    page = look(f"/boards/chain?token={USDC}").page

    assert page.locator("input[name=token]").input_value() == USDC
    assert page.locator("datalist option").count() > CHOSEN


def test_a_token_that_is_not_there_is_told(look):
    shown = look("/boards/chain?token=USDC")

    assert shown.said("flow").startswith("There is no transfer of USDC in this time")
    assert "python -m ingestion ethereum --from" in shown.said("largest")
