"""Every fault on every product, in drawn stacks, recorded with the truth and diagnosed offline."""
