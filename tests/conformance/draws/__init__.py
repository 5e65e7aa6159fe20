"""Pools drawn by seed, a module for each product."""
