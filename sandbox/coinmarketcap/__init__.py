"""CoinMarketCap: its listings."""
