"""Alembic's folder for the history: a line of its own, for the history is a file of its own."""
