"""Everything poise knows of nginx: its language, the directives of its versions, its includes, and what a configuration means."""
