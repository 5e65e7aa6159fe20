"""What a notifier raises: the receiver did not take the message."""


class NotifyError(Exception):
    """Why, in words without a secret. `permanent`: trying again cannot help, somebody must change something."""

    def __init__(self, why: str, permanent: bool = False) -> None:
        super().__init__(why)
        self.permanent = permanent
