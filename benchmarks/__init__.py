"""Long runs: stories told many times, kills at random moments, speed beside the peers. Never part of `make test`."""
