"""Stand-ins of the upstream APIs on loopback, for runs and tests without network."""
