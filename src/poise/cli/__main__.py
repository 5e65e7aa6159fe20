"""`python -m poise.cli`: the same as `poise`, for the interpreter at hand."""

from poise.cli.main import main

main()
