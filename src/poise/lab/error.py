"""What the lab raises when the stack cannot be brought up or kept."""


class LabError(Exception):
    """The real stack did not do what it must. The message says what, where, why, and what to do."""
