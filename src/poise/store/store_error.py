"""What the store raises at the edge."""


class StoreError(Exception):
    """The store could not do it: what, where, why, and what to do. Nothing that was acknowledged before is lost."""
