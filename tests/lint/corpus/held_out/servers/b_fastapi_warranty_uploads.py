"""Warranty desk: customers chat and send photos of broken appliances (two-phase upload)."""

from __future__ import annotations

import base64
import hashlib
import logging
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, Protocol

import jwt
from agents import Agent, Runner, TResponseInputItem
from fastapi import Depends, FastAPI, HTTPException, Request, Response
from fastapi.responses import StreamingResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from openai.types.responses import (
    ResponseInputContentParam,
    ResponseInputFileParam,
    ResponseInputImageParam,
)
from pydantic import AnyUrl, SecretStr
from pydantic_settings import BaseSettings

from chatkit.agents import AgentContext, ThreadItemConverter, stream_agent_response
from chatkit.server import ChatKitServer, StreamingResult
from chatkit.store import AttachmentStore, NotFoundError, Store
from chatkit.types import (
    Attachment,
    AttachmentCreateParams,
    AttachmentUploadDescriptor,
    ErrorEvent,
    FileAttachment,
    ImageAttachment,
    ThreadMetadata,
    ThreadStreamEvent,
    UserMessageItem,
)
from warranty.persistence import object_bucket, thread_store

logger = logging.getLogger(__name__)

IMAGE_TYPES = {"image/png", "image/jpeg", "image/webp"}
MAX_BYTES = 12 * 1024 * 1024
SSE_HEADERS = {
    "Cache-Control": "no-cache",
    "Connection": "keep-alive",
    "X-Accel-Buffering": "no",
}


class Settings(BaseSettings):
    public_url: str
    jwt_public_key: SecretStr
    model: str = "gpt-4.1-mini"


settings = Settings()


@dataclass(frozen=True)
class Customer:
    number: str

    def object_key(self, attachment_id: str) -> str:
        mine = hashlib.sha256(self.number.encode()).hexdigest()
        return f"{mine}/{hashlib.sha256(attachment_id.encode()).hexdigest()}"


class Bucket(Protocol):
    async def put(self, key: str, body: bytes, mime_type: str) -> None: ...
    async def get(self, key: str) -> bytes: ...
    async def discard(self, key: str) -> None: ...


class PhotoStore(AttachmentStore[Customer]):
    def __init__(self, bucket: Bucket, base_url: str) -> None:
        self.bucket = bucket
        self.base_url = base_url.rstrip("/")

    def generate_attachment_id(self, mime_type: str, context: Customer) -> str:
        return f"atc_{uuid.uuid4().hex}"

    async def create_attachment(
        self, input: AttachmentCreateParams, context: Customer
    ) -> Attachment:
        if input.size > MAX_BYTES:
            raise ValueError("file too large")
        attachment_id = self.generate_attachment_id(input.mime_type, context)
        address = AnyUrl(f"{self.base_url}/uploads/{attachment_id}")
        descriptor = AttachmentUploadDescriptor(url=address, method="PUT")
        if input.mime_type in IMAGE_TYPES:
            return ImageAttachment(
                id=attachment_id,
                name=input.name,
                mime_type=input.mime_type,
                preview_url=address,
                upload_descriptor=descriptor,
            )
        return FileAttachment(
            id=attachment_id, name=input.name, mime_type=input.mime_type, upload_descriptor=descriptor
        )

    async def delete_attachment(self, attachment_id: str, context: Customer) -> None:
        await self.bucket.discard(context.object_key(attachment_id))


class PhotoConverter(ThreadItemConverter):
    """Made per request: an attachment is read out of the folder of the customer who asks."""

    def __init__(self, bucket: Bucket, customer: Customer) -> None:
        self.bucket = bucket
        self.customer = customer

    async def attachment_to_message_content(
        self, attachment: Attachment
    ) -> ResponseInputContentParam:
        body = await self.bucket.get(self.customer.object_key(attachment.id))
        data = f"data:{attachment.mime_type};base64,{base64.b64encode(body).decode()}"
        if isinstance(attachment, ImageAttachment):
            return ResponseInputImageParam(type="input_image", detail="auto", image_url=data)
        return ResponseInputFileParam(type="input_file", filename=attachment.name, file_data=data)


class WarrantyServer(ChatKitServer[Customer]):
    def __init__(self, store: Store[Customer], photos: PhotoStore) -> None:
        super().__init__(store=store, attachment_store=photos)
        self.photos = photos
        self.agent = Agent[AgentContext[Customer]](
            name="Warranty desk",
            instructions="Find out which appliance is broken and whether it is under warranty.",
            model=settings.model,
        )

    async def _history(self, thread: ThreadMetadata, customer: Customer) -> list[TResponseInputItem]:
        page = await self.store.load_thread_items(
            thread.id, after=None, limit=50, order="desc", context=customer
        )
        converter = PhotoConverter(self.photos.bucket, customer)
        return await converter.to_agent_input(page.data[::-1])

    async def respond(
        self,
        thread: ThreadMetadata,
        input_user_message: UserMessageItem | None,
        context: Customer,
    ) -> AsyncIterator[ThreadStreamEvent]:
        agent_context = AgentContext[Customer](
            thread=thread, store=self.store, request_context=context
        )
        try:
            messages = await self._history(thread, context)
        except OSError:
            logger.exception("bucket not readable for thread %s", thread.id)
            yield ErrorEvent(message="Your files cannot be read right now.", allow_retry=True)
            return
        result = Runner.run_streamed(self.agent, messages, context=agent_context)
        async for event in stream_agent_response(agent_context, result):
            yield event


app = FastAPI(title="warranty")
bearer = HTTPBearer()
photo_store = PhotoStore(object_bucket(), settings.public_url)
server = WarrantyServer(thread_store(), photo_store)


async def customer_of(
    credentials: Annotated[HTTPAuthorizationCredentials, Depends(bearer)],
) -> Customer:
    try:
        claims = jwt.decode(
            credentials.credentials,
            settings.jwt_public_key.get_secret_value(),
            algorithms=["RS256"],
            audience="warranty",
            options={"require": ["exp", "sub"]},
        )
    except jwt.PyJWTError:
        raise HTTPException(401, "invalid token") from None
    return Customer(number=claims["sub"])


Signed = Annotated[Customer, Depends(customer_of)]


@app.post("/chatkit")
async def chatkit(request: Request, customer: Signed) -> Response:
    result = await server.process(await request.body(), customer)
    if isinstance(result, StreamingResult):
        return StreamingResponse(result, media_type="text/event-stream", headers=SSE_HEADERS)
    return Response(result.json, media_type="application/json")


@app.put("/uploads/{attachment_id}", status_code=204)
async def upload(attachment_id: str, request: Request, customer: Signed) -> None:
    try:
        attachment = await server.store.load_attachment(attachment_id, customer)
    except NotFoundError:
        raise HTTPException(404, "no such upload") from None
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BYTES:
            raise HTTPException(413, "file too large")
    await photo_store.bucket.put(
        customer.object_key(attachment_id), bytes(body), attachment.mime_type
    )
    uploaded = attachment.model_copy(update={"upload_descriptor": None})
    await server.store.save_attachment(uploaded, customer)


@app.get("/uploads/{attachment_id}")
async def preview(attachment_id: str, customer: Signed) -> Response:
    try:
        attachment = await server.store.load_attachment(attachment_id, customer)
    except NotFoundError:
        raise HTTPException(404, "no such upload") from None
    body = await photo_store.bucket.get(customer.object_key(attachment_id))
    return Response(body, media_type=attachment.mime_type)
