"""The documentation as a site: pages of HTML, their links, and an index to search in. Pure."""
