{{ config(materialized='view') }}

{# No CTE: Postgres looks for no order through it, and would sort all rows for one. #}
select
    turbine_id,
    signal,
    read_at,
    value,
    fetched_at
from {{ ref('stg_plant__readings') }}
