"""The loop: scrape, judge, alert, diagnose, record. I/O."""
