"""What the tests of dbt have, for these too."""

from tests.dbt_project.conftest import built, coins, dbt, quick_dbt, raw, tables

__all__ = ["built", "coins", "dbt", "quick_dbt", "raw", "tables"]
