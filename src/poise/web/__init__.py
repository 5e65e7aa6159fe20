"""What poise serves over HTTP: on loopback alone, and with a token even there. I/O."""
