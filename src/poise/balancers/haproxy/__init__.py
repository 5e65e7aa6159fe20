"""Everything poise knows of HAProxy: syntax, lower and split are pure; scrape and control talk to a running one."""
