"""The dashboard's pages as facts: what stands on them at one instant, live or long ago. Pure; `poise.web` draws and serves them."""
