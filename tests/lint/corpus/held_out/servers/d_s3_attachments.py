"""Chat backend of the damage-report portal; photos and documents live in S3-like storage.

Object keys start with the tenant and the user of the request, so an attachment id of somebody else leads nowhere.
"""

import asyncio
import base64
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar
from urllib.parse import quote
from uuid import uuid4

import boto3
from agents import Agent, Runner
from botocore.exceptions import BotoCoreError, ClientError
from chatkit.agents import AgentContext, ThreadItemConverter, stream_agent_response
from chatkit.errors import CustomStreamError
from chatkit.server import ChatKitServer, StreamingResult
from chatkit.store import AttachmentStore, Store
from chatkit.types import (
    Attachment,
    AttachmentCreateParams,
    AttachmentUploadDescriptor,
    FileAttachment,
    ImageAttachment,
    ThreadMetadata,
    ThreadStreamEvent,
    UserMessageItem,
)
from openai.types.responses import ResponseInputContentParam, ResponseInputFileParam, ResponseInputImageParam
from pydantic import AnyUrl
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from damage.auth import SessionVerifier, Unauthenticated

log = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")

LINK_SECONDS = 900
EVENT_STREAM_HEADERS = {"Cache-Control": "no-cache", "Connection": "keep-alive", "X-Accel-Buffering": "no"}
IMAGE_TYPES = frozenset({"image/png", "image/jpeg", "image/webp"})
DOCUMENT_TYPES = frozenset({"application/pdf"})


@dataclass(frozen=True)
class Reporter:
    tenant_id: str
    user_id: str


@dataclass(frozen=True)
class BucketSettings:
    bucket: str
    endpoint_url: str
    region: str
    max_bytes: int


class UploadRefused(Exception):
    """The announced file is too large or of a type we do not take."""


async def off_loop(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    return await asyncio.to_thread(function, *args, **kwargs)


class ReportBucket:
    """The few calls we make, each for one reporter; boto3 blocks, so each runs on a worker thread."""

    def __init__(self, settings: BucketSettings) -> None:
        self._settings = settings
        self._client = boto3.client("s3", endpoint_url=settings.endpoint_url, region_name=settings.region)

    @staticmethod
    def _key(owner: Reporter, attachment_id: str) -> str:
        return "/".join(quote(part, safe="") for part in (owner.tenant_id, owner.user_id, attachment_id))

    def _target(self, owner: Reporter, attachment_id: str) -> dict[str, Any]:
        return {"Bucket": self._settings.bucket, "Key": self._key(owner, attachment_id)}

    async def upload_link(self, owner: Reporter, attachment_id: str, params: AttachmentCreateParams) -> str:
        target = {**self._target(owner, attachment_id), "ContentType": params.mime_type, "ContentLength": params.size}
        return await off_loop(
            self._client.generate_presigned_url, "put_object", Params=target, ExpiresIn=LINK_SECONDS
        )

    async def view_link(self, owner: Reporter, attachment_id: str) -> str:
        target = self._target(owner, attachment_id)
        return await off_loop(
            self._client.generate_presigned_url, "get_object", Params=target, ExpiresIn=LINK_SECONDS
        )

    async def read(self, owner: Reporter, attachment_id: str) -> bytes:
        def download() -> bytes:
            return self._client.get_object(**self._target(owner, attachment_id))["Body"].read()

        return await off_loop(download)

    async def remove(self, owner: Reporter, attachment_id: str) -> None:
        await off_loop(self._client.delete_object, **self._target(owner, attachment_id))


class S3AttachmentStore(AttachmentStore[Reporter]):
    def __init__(self, bucket: ReportBucket, max_bytes: int) -> None:
        self._bucket = bucket
        self._max_bytes = max_bytes

    def generate_attachment_id(self, mime_type: str, context: Reporter) -> str:
        return f"atc_{uuid4().hex}"

    def _check(self, params: AttachmentCreateParams) -> None:
        if params.mime_type not in IMAGE_TYPES | DOCUMENT_TYPES or not 0 < params.size <= self._max_bytes:
            raise UploadRefused(params.mime_type)

    async def create_attachment(self, input: AttachmentCreateParams, context: Reporter) -> Attachment:
        self._check(input)
        attachment_id = self.generate_attachment_id(input.mime_type, context)
        upload = AttachmentUploadDescriptor(
            url=AnyUrl(await self._bucket.upload_link(context, attachment_id, input)),
            method="PUT",
            headers={"Content-Type": input.mime_type},
        )
        if input.mime_type not in IMAGE_TYPES:
            return FileAttachment(
                id=attachment_id, name=input.name, mime_type=input.mime_type, upload_descriptor=upload
            )
        return ImageAttachment(
            id=attachment_id,
            name=input.name,
            mime_type=input.mime_type,
            upload_descriptor=upload,
            preview_url=AnyUrl(await self._bucket.view_link(context, attachment_id)),
        )

    async def delete_attachment(self, attachment_id: str, context: Reporter) -> None:
        await self._bucket.remove(context, attachment_id)


class ReportConverter(ThreadItemConverter):
    """One per request: it reads the files of one reporter."""

    def __init__(self, bucket: ReportBucket, owner: Reporter) -> None:
        self._bucket = bucket
        self._owner = owner

    async def attachment_to_message_content(self, attachment: Attachment) -> ResponseInputContentParam:
        encoded = base64.b64encode(await self._bucket.read(self._owner, attachment.id)).decode()
        data_url = f"data:{attachment.mime_type};base64,{encoded}"
        if isinstance(attachment, ImageAttachment):
            return ResponseInputImageParam(type="input_image", detail="auto", image_url=data_url)
        return ResponseInputFileParam(type="input_file", filename=attachment.name, file_data=data_url)


class ReportServer(ChatKitServer[Reporter]):
    def __init__(
        self,
        store: Store[Reporter],
        attachment_store: S3AttachmentStore,
        bucket: ReportBucket,
        assessor: Agent[AgentContext[Reporter]],
    ) -> None:
        super().__init__(store, attachment_store)
        self._bucket = bucket
        self._assessor = assessor

    async def respond(
        self, thread: ThreadMetadata, input_user_message: UserMessageItem | None, context: Reporter
    ) -> AsyncIterator[ThreadStreamEvent]:
        page = await self.store.load_thread_items(thread.id, after=None, limit=30, order="desc", context=context)
        try:
            history = await ReportConverter(self._bucket, context).to_agent_input(list(reversed(page.data)))
        except (BotoCoreError, ClientError) as error:
            log.exception("attachments of thread %s cannot be read", thread.id)
            raise CustomStreamError("One of your files cannot be opened right now.", allow_retry=True) from error
        agent_context = AgentContext[Reporter](thread=thread, store=self.store, request_context=context)
        run = Runner.run_streamed(self._assessor, history, context=agent_context)
        async for event in stream_agent_response(agent_context, run):
            yield event


class ChatEndpoint:
    """`handle` is mounted as a Starlette route by the composition root."""

    def __init__(self, server: ReportServer, sessions: SessionVerifier) -> None:
        self._server = server
        self._sessions = sessions

    async def handle(self, request: Request) -> Response:
        try:
            session = await self._sessions.verify(request.cookies.get("session", ""))
        except Unauthenticated:
            return JSONResponse({"error": "sign_in"}, status_code=401)
        reporter = Reporter(tenant_id=session.tenant_id, user_id=session.user_id)
        try:
            result = await self._server.process(await request.body(), reporter)
        except UploadRefused:
            return JSONResponse({"error": "file_refused"}, status_code=413)
        if isinstance(result, StreamingResult):
            return StreamingResponse(result, media_type="text/event-stream", headers=EVENT_STREAM_HEADERS)
        return Response(result.json, media_type="application/json")
