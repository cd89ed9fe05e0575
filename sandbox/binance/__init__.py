"""Binance: its spot market's candles."""
