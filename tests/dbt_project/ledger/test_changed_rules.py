"""A rebuild after any change of a formula ends as a fresh build, rejects included."""

import pytest

from tests.support.rules import differences
from warehouse.ledger import rebuild

# a line of the rule before which another rule comes, by file and the models that ask it
STRICTER = {
    ("macros/candles/klines_of.sql", ("stg_binance__klines",)): (
        "when opens_at > known_at then",
        "when floor(base_volume) % 7 = 0 then 'a volume of sevens'",
    ),
    ("models/staging/plant/stg_plant__readings__items.sql", ("stg_plant__readings",)): (
        "when signal is null then",
        "when sent_value > 5 then 'over five'",
    ),
    ("models/staging/xe/stg_xe__rates__items.sql", ("stg_xe__rates",)): (
        "when bounded.mid <= 0 then",
        "when bounded.mid > 1 then 'over one'",
    ),
    ("models/staging/ecb/stg_ecb__rates__items.sql", ("stg_ecb__rates",)): (
        "when rates.rate is null then",
        "when rates.rate_text like '%7' then 'ends in seven'",
    ),
    (
        "models/staging/coinmarketcap/stg_coinmarketcap__listings__items.sql",
        ("stg_coinmarketcap__listings",),
    ): ("when coin_id is null then", "when coin_id % 7 = 0 then 'a seventh'"),
    (
        "models/staging/cryptocompare/stg_cryptocompare__toplist__items.sql",
        ("stg_cryptocompare__toplist",),
    ): ("when coin_id is null then", "when coin_id % 7 = 0 then 'a seventh'"),
    (
        "models/staging/ethereum/stg_ethereum__tokens__items.sql",
        ("stg_ethereum__tokens",),
    ): (
        "when is_other\n",
        "when block_number % 2 = 0 then 'an even block'",
    ),
    (
        "models/staging/ethereum/stg_ethereum__token_transfers__items.sql",
        ("stg_ethereum__token_transfers",),
    ): (
        "when (typed.block_at at time zone 'utc')::date != typed.block_date",
        "when typed.log_index % 7 = 0 then 'a seventh log'",
    ),
    (
        "macros/loans/duplicate_reason.sql",
        tuple(
            f"stg_loans__{name}"
            for name in ("borrowers", "loans", "schedules", "payments")
        ),
    ): (
        "when row_number() over ({{ good }}) = 1 then",
        "when item_position % 7 = 0 then 'a seventh line'",
    ),
}
# between them models of each kind, and of each of these none that another follows
FILTERED = {
    "what many marts read": (
        *("fct_candles_15m", "fct_fx_rates_1d", "fct_turbine_signals_10m"),
        *("int_coin_answers__paired", "dim_tokens", "fct_loan_payments_1d"),
        *("stg_fetches", "stg_loads__tables", "stg_markets", "stg_currencies"),
    ),
    "what others read": (
        *("fct_candles_1d", "fct_coin_ranks_1m", "rpt_usd_rates_1d"),
        *("fct_token_transfers", "fct_loan_instalments", "int_fetches__merged"),
        *("stg_plant__signals", "stg_pegged_assets", "stg_loads", "dim_loans"),
    ),
    "what nobody reads": (
        *("rpt_gaps", "rpt_rejected_records", "fct_loads", "rpt_loans"),
        *("fct_candles_1w", "fct_candles_1d_fx", "fct_token_transfers_1d"),
        *("fct_loan_arrears_1d", "fct_missed_payments", "dim_signals"),
        *("stg_token_amendments", "stg_plant__turbines"),
    ),
    "what is in quarantine": (
        *("stg_binance__klines__rejected", "stg_plant__readings__rejected"),
        *("stg_xe__rates__rejected", "stg_ecb__rates__rejected"),
        *("stg_loans__rejected", "stg_ethereum__tokens__rejected"),
        "stg_coinmarketcap__listings__rejected",
        "stg_cryptocompare__toplist__rejected",
        "stg_ethereum__token_transfers__rejected",
    ),
    "what is known of answers": (
        *("stg_binance__klines__answers", "stg_plant__readings__answers"),
        *("stg_xe__rates__answers", "stg_ecb__rates__answers"),
        *("stg_ethereum__answers", "stg_loans__files"),
    ),
}


def assert_same(rules, models):
    """Rebuild by the changed rules, compare; and the same with those of before."""
    before = rules.rows()
    for model in models:
        rebuild(model, None, None)
    rebuilt = rules.build()
    assert differences(before, rebuilt)
    assert differences(rebuilt, rules.build_afresh()) == {}
    rules.take_back()
    for model in models:
        rebuild(model, None, None)
    assert differences(rules.build(), before) == {}


def test_what_a_stricter_rule_refuses_goes_to_quarantine_and_comes_back(rules):
    models = []
    for (file, asked_by), (before, rule) in STRICTER.items():
        rules.change(file, before, f"{rule}\n            {before}")
        models += asked_by

    assert_same(rules, models)


@pytest.mark.parametrize("models", FILTERED.values(), ids=FILTERED)
def test_rows_that_a_formula_no_longer_makes_go_and_come_back(rules, models):
    for model in models:
        rules.filter(model)

    assert_same(rules, models)
