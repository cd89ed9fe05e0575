"""Dagster over the house: ingestion, then dbt, with their lineage and schedules."""
