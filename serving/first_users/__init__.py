"""The first users' own addresses, as they were called before."""

TAGS = ["the first users' addresses"]
