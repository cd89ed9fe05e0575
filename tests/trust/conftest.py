"""What the tests of dbt have, for these too."""

from tests.dbt_project.conftest import dbt, quick_dbt, raw, tables

__all__ = ["dbt", "quick_dbt", "raw", "tables"]
