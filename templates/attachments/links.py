"""Signed upload links: whoever holds one may upload that one file until it expires.

A link stands for itself, without cookie or bearer token: OpenAI's ChatKit component uploads from
another origin. It names no user, because addresses end up in access logs.
"""

import hashlib
import logging
import secrets
import time
from contextvars import ContextVar
from typing import Final

from itsdangerous import BadSignature, SignatureExpired, TimestampSigner
from pydantic import AnyUrl, ValidationError
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from ..config import settings
from .errors import AttachmentRefused

logger = logging.getLogger(__name__)

_address: ContextVar[str | None] = ContextVar("public_address", default=None)
# Signatures of one purpose are worth nothing for another, even under one secret.
_PURPOSE: Final = "attachment-upload"
_SHORTEST_SECRET: Final = 32  # characters


class PublicAddress:
    """Remember the address a request came to, so that the links given out lead back there."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap the application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application knowing the request's address."""
        if scope["type"] == "http":
            # Starlette takes the server's own address where the Host header is none.
            _address.set(str(Request(scope).base_url))
        await self._app(scope, receive, send)


class UploadLinks:
    """Make upload links and read them again."""

    def __init__(
        self, secret: str, *, ttl: int = settings.attachment_url_ttl, base_url: str | None = None
    ) -> None:
        """Sign with `secret`; links live for `ttl` seconds and begin with `base_url`.

        Without a `base_url` they begin with the address that the current request came to.
        """
        self.ttl = ttl
        self._base_url = base_url
        self._signer = TimestampSigner(
            secret, salt=_PURPOSE, key_derivation="hmac", digest_method=hashlib.sha256
        )

    def file_url(self, attachment_id: str) -> AnyUrl:
        """Return where the owner reads the attachment."""
        base_url = self._base_url or _address.get()
        if base_url is None:
            raise ValueError("Outside of a request, set ATTACHMENTS_BASE_URL")
        try:
            return AnyUrl(f"{base_url.rstrip('/')}/attachments/{attachment_id}")
        except ValidationError:
            # Starlette lets some names through that are none.
            raise AttachmentRefused(400, "bad_host", "The Host header is no address") from None

    def upload_url(self, attachment_id: str, folder: str) -> AnyUrl:
        """Return where this one attachment may be uploaded to, for the next `ttl` seconds."""
        token = self._signer.sign(f"{folder}:{attachment_id}").decode()
        return AnyUrl(f"{self.file_url(attachment_id)}?token={token}")

    def opened(self, token: str, attachment_id: str) -> tuple[str, float]:
        """Return the folder that the token leads to, and how many seconds it has left.

        Raise AttachmentRefused when it is expired, forged or another attachment's.
        """
        try:
            value, signed_at = self._signer.unsign(token, self.ttl, return_timestamp=True)
        except SignatureExpired:
            raise expired() from None
        except BadSignature:
            raise _bad_link() from None
        folder, _, signed_id = value.decode().partition(":")
        if signed_id != attachment_id:
            raise _bad_link()
        return folder, signed_at.timestamp() + self.ttl - time.time()


def expired() -> AttachmentRefused:
    """Return the answer to an upload that came too late."""
    return AttachmentRefused(410, "upload_link_expired", "The upload link expired; attach it again")


def _bad_link() -> AttachmentRefused:
    """Return the answer to a token that this server did not make for this attachment."""
    return AttachmentRefused(403, "bad_upload_link", "This upload link is not valid")


def upload_links() -> UploadLinks:
    """Return the links of this server's settings.

    Raise ValueError for a secret that is too short, and in production for none.
    """
    base_url = settings.attachments_base_url
    if settings.attachment_secret is None:
        if settings.environment == "production":
            raise ValueError("Set ATTACHMENT_SECRET: production signs its upload links with it")
        logger.info("No ATTACHMENT_SECRET: upload links last until this process ends")
        return UploadLinks(secrets.token_urlsafe(32), base_url=base_url)
    secret = settings.attachment_secret.get_secret_value()
    if len(secret) < _SHORTEST_SECRET:
        raise ValueError(f"ATTACHMENT_SECRET must have at least {_SHORTEST_SECRET} characters")
    return UploadLinks(secret, base_url=base_url)
