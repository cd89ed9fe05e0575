"""Candles on Spark: raw pages as parquet, a cluster to try, and a dbt project."""
