"""The nouns of poise: frozen facts that every other package passes on. Imports nothing of ours."""
