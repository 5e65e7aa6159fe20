"""Active measurement: as a client, per hop, of the database. I/O."""
