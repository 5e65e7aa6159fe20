"""Timeline, hypothesis board, times, impact, and the postmortem writer. Pure."""
