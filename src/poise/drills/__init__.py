"""Drills: scenarios, the director, scoring, the debrief, certification. Pure."""
