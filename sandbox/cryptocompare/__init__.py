"""CryptoCompare: its top lists."""
