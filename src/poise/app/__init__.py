"""The wiring: one function per command. I/O."""
