"""The real stack: servers, load, faults, relay. I/O."""
