"""What `make bench` runs: the road, its yardsticks and its growth, in one table."""
