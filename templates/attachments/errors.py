"""Why a file, an upload or a message with files was turned down."""


class AttachmentRefused(Exception):
    """Say what is wrong with an attachment, in words for a user and a status for HTTP."""

    def __init__(self, status: int, code: str, message: str) -> None:
        """Keep the HTTP status (4xx, or 503), a code for programs and one line for people."""
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
