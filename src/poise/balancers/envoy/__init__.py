"""Everything poise knows of Envoy."""
