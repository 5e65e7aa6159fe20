"""Simulated weeks of ordinary traffic, second by second, through the real history, detectors and alerts: how often poise cries wolf."""
