"""What poise computes exactly, held against the real programs. Each module runs alone: `python -m tests.conformance.NAME`."""
