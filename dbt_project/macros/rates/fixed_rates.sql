{#
    Rates that a law fixes, as rows: so many `units` of a currency are one of
    `fixed_to`, from a day on. The one list of them: the function that reads it runs
    with the reader's rights, who sees no staging.

    Of the euro: Council Regulation (EC) 2866/98 as amended, the last time by (EU)
    2022/1208 (HRK) and (EU) 2025/1409 (BGN). Of the CFA francs: Council Decision
    98/683/EC, with the franc's rate of that regulation. TRL: Turkey's law 5083 of 2004,
    article 2. ROL: Romania's law 348/2004, article 1. The others: the amendments of ISO
    4217 and the issuing bank's notice of the exchange.

    Not here: CUC, which had several official rates at once, and VEF, ZWD and ZWL, whose
    successors lost further zeros or had none that lasted.
#}
{% macro fixed_rates() -%}
    (
        values
        ('SIT', 239.640, 'EUR', date '2007-01-01', true),
        ('CYP', 0.585274, 'EUR', date '2008-01-01', true),
        ('MTL', 0.429300, 'EUR', date '2008-01-01', true),
        ('SKK', 30.1260, 'EUR', date '2009-01-01', true),
        ('EEK', 15.6466, 'EUR', date '2011-01-01', true),
        ('LVL', 0.702804, 'EUR', date '2014-01-01', true),
        ('LTL', 3.45280, 'EUR', date '2015-01-01', true),
        ('HRK', 7.53450, 'EUR', date '2023-01-01', true),
        ('BGN', 1.95583, 'EUR', date '2026-01-01', true),
        ('XAF', 655.957, 'EUR', date '1999-01-01', false),
        ('XOF', 655.957, 'EUR', date '1999-01-01', false),
        ('TRL', 1000000, 'TRY', date '2005-01-01', true),
        ('ROL', 10000, 'RON', date '2005-07-01', true),
        ('GHC', 10000, 'GHS', date '2007-07-01', true),
        ('ZMK', 1000, 'ZMW', date '2013-01-01', true),
        ('BYR', 10000, 'BYN', date '2016-07-01', true),
        ('MRO', 10, 'MRU', date '2018-01-01', true),
        ('STD', 1000, 'STN', date '2018-01-01', true),
        ('SLL', 1000, 'SLE', date '2022-07-01', true),
        ('ANG', 1, 'XCG', date '2025-03-31', true)
    ) as fixed_rates (currency, units, fixed_to, fixed_from, has_ended)
{%- endmacro %}
