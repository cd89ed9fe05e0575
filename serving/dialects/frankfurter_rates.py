"""Rates of a base currency as Frankfurter asks for them: of a day, or of a range.

A rate is as its provider quotes it or its inverse, else crossed over the dollar, the
euro or both, all of one day: fewer legs first, of each leg XE before the ECB. So it
equals `marts.fx_rate`, but for what a law has fixed, which no provider quotes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

MODELS = ("fct_fx_rates_1d",)
COLUMNS = {"date": "day", "base": "text", "quote": "text", "rate": "exact"}
PROVIDERS = ("ecb", "xe")
LOOK_BACK = timedelta(days=14)
"""So much older the newest rate of a currency may be."""
RATES = """
with recursive

legs as materialized (

    select distinct on (rates.rate_date, leg.from_code, leg.to_code)
        rates.rate_date,
        leg.from_code,
        leg.to_code,
        leg.numerator,
        leg.denominator,
        (rates.provider = 'ecb')::integer as ecb_count
    from marts.fct_fx_rates_1d as rates
    cross join lateral (
        values
        (rates.base_currency, rates.quote_currency, rates.rate, 1::numeric, true),
        (rates.quote_currency, rates.base_currency, 1::numeric, rates.rate, false)
    ) as leg (from_code, to_code, numerator, denominator, is_straight)
    where
        rates.rate_date between %s and %s
        and rates.provider = any(%s::text[])
        and (
            %s::text[] is null
            or rates.base_currency = any(%s::text[])
            and rates.quote_currency = any(%s::text[])
        )
        and leg.from_code in (%s, 'USD', 'EUR')
    order by 1, 2, 3, rates.provider = 'xe' desc, leg.is_straight desc

),

chains as (

    select
        *,
        array[from_code, to_code] as codes
    from legs
    where from_code = %s
    union all
    select
        chains.rate_date,
        chains.from_code,
        legs.to_code,
        chains.numerator * legs.numerator,
        chains.denominator * legs.denominator,
        chains.ecb_count + legs.ecb_count,
        chains.codes || legs.to_code
    from chains
    inner join legs
        on
            chains.rate_date = legs.rate_date
            and chains.to_code = legs.from_code
            and legs.to_code != all(chains.codes)
    where chains.to_code in ('USD', 'EUR')

),

best as (

    select distinct on ({per})
        rate_date,
        from_code,
        to_code,
        trim_scale(numerator / denominator) as rate
    from chains
    where %s::text[] is null or to_code = any(%s::text[])
    order by {per}, rate_date desc, cardinality(codes), ecb_count, codes desc

)

"""
ROWS = """
select
    rate_date as date,
    from_code as base,
    to_code as quote,
    rate
from best
order by 1, 3
"""
GROUPED = """
select
    bucket_date as date,
    from_code as base,
    to_code as quote,
    trim_scale(avg(rate)) as rate
from (select *, {bucket} as bucket_date from best) as dated
group by 1, 2, 3
order by 1, 3
"""
BUCKETS = {
    # the first of January and whole weeks, of which the second begins on a Monday
    "week": (
        "date_trunc('year', rate_date)::date + 7 * (("
        "extract(doy from rate_date)::integer + 7"
        " - extract(isodow from rate_date)::integer) / 7)"
    ),
    "month": "date_trunc('month', rate_date)::date",
}


@dataclass(frozen=True)
class Asked:
    """A base and the quotes asked for; the days from `start` on, or the newest."""

    base: str
    quotes: Sequence[str] | None
    end: date
    start: date | None = None
    providers: Sequence[str] = PROVIDERS
    group: str | None = None
    of_now: bool = False
    """Whether the days reach to today, and may have more rates later."""

    @property
    def is_closed(self) -> bool:
        """Return whether it is a range of past days."""
        return self.start is not None and not self.of_now

    @property
    def query(self) -> str:
        """Return the query of rows of a date, base, quote and rate."""
        per = "to_code" if self.start is None else "rate_date, to_code"
        rows = GROUPED.format(bucket=BUCKETS[self.group]) if self.group else ROWS
        return RATES.format(per=per) + rows

    @property
    def values(self) -> list[object]:
        """Return the query's parameters."""
        quotes = None if self.quotes is None else list(self.quotes)
        legs = quotes and [self.base, "USD", "EUR", *quotes]
        look_back = min(LOOK_BACK, self.end - date.min)
        start = self.end - look_back if self.start is None else self.start
        return [
            *(start, self.end, list(self.providers)),
            *(legs, legs, legs),
            *(self.base, self.base, quotes, quotes),
        ]
