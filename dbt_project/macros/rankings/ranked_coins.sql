{#
    The coins that both answers of a pair have, of the ranked pair of each of some
    `snapshots`, with their `coin_rank`: a query. Of two of CryptoCompare's that have the
    same id of the other's, the more traded one.
#}
{% macro ranked_coins(snapshots) -%}
    {%- set most_traded_first = 'listings.coin_id, toplist.source_rank' -%}
    select
        snapshots.snapshot_at,
        pair.*,
        row_number() over (
            partition by snapshots.snapshot_at order by pair.source_rank
        ) as coin_rank
    from {{ snapshots }} as snapshots
    inner join lateral (
        select
            answers.asked_at,
            answers.partner_at
        from {{ named(ref('int_coin_answers__paired'), 'answers') }}
        where
            answers.snapshot_at = snapshots.snapshot_at
            and answers.system = 'coinmarketcap'
            and answers.is_ranked
        offset 0 -- noqa: AM09
    ) as answer on true
    cross join lateral (
        select distinct on (listings.coin_id)
            listings.coin_id,
            listings.symbol,
            listings.coin_name,
            listings.price_usd,
            toplist.volume_24h_usd,
            toplist.source_rank,
            listings.priced_at,
            toplist.ranked_at,
            listings.price_updated_at,
            toplist.volume_updated_at,
            listings.missing_count as price_missing_count,
            toplist.missing_count as rank_missing_count,
            abs(extract(epoch from toplist.ranked_at - listings.priced_at))
                as skew_seconds
        from {{ named(ref('stg_cryptocompare__toplist'), 'toplist') }}
        inner join {{ named(ref('stg_coinmarketcap__listings'), 'listings') }}
            on toplist.listing_id = listings.coin_id
        where
            toplist.snapshot_at = answer.partner_at
            and listings.snapshot_at = answer.asked_at
        order by {{ most_traded_first }}
    ) as pair
{%- endmacro %}
