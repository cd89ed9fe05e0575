"""Ethereum as BigQuery has it: token transfers and tokens."""
