"""Facts become text, JSON, SARIF, Markdown and HTML. Pure."""
