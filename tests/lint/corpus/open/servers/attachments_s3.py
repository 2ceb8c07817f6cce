"""Document chat: uploads go to S3, the model runs behind a Chat Completions endpoint."""

from __future__ import annotations

import os
import secrets
from collections.abc import AsyncIterator
from typing import Any

import boto3
from agents import (
    Agent,
    OpenAIChatCompletionsModel,
    RunContextWrapper,
    Runner,
    TResponseInputItem,
    function_tool,
)
from chatkit.agents import AgentContext, ThreadItemConverter, stream_agent_response
from chatkit.server import ChatKitServer, StreamingResult
from chatkit.store import AttachmentStore, Store
from chatkit.types import (
    AssistantMessageItem,
    Attachment,
    AttachmentCreateParams,
    AttachmentUploadDescriptor,
    FileAttachment,
    ThreadItem,
    ThreadMetadata,
    ThreadStreamEvent,
    UserMessageItem,
)
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import Response, StreamingResponse
from openai import AsyncOpenAI
from openai.types.responses import EasyInputMessageParam
from pydantic import AnyUrl

s3 = boto3.client(
    "s3",
    region_name=os.environ["AWS_REGION"],
    aws_access_key_id=os.environ["AWS_ACCESS_KEY_ID"],
    aws_secret_access_key="wJ9rXq2LtFzM5/K8NEPGv3bYhCkSdAoUi7eTlRm1",  # CKF402
)


class S3Files(AttachmentStore[dict[str, Any]]):  # CKF101
    def __init__(self, bucket: str) -> None:
        self.bucket = bucket

    def generate_attachment_id(self, mime_type: str, context: dict[str, Any]) -> str:
        return f"atc_{secrets.token_hex(16)}"

    def _upload_url(self, key: str) -> str:
        return s3.generate_presigned_url("put_object", Params={"Bucket": self.bucket, "Key": key})

    async def create_attachment(
        self, input: AttachmentCreateParams, context: dict[str, Any]
    ) -> Attachment:
        attachment_id = self.generate_attachment_id(input.mime_type, context)
        key = f"{context['user_id']}/{attachment_id}"
        s3.put_object(Bucket=self.bucket, Key=key, Body=b"")  # CKF215
        return FileAttachment(
            id=attachment_id,
            name=input.name,
            mime_type=input.mime_type,
            upload_descriptor=AttachmentUploadDescriptor(
                url=AnyUrl(self._upload_url(key)), method="PUT"
            ),
        )


class DocumentConverter(ThreadItemConverter):  # CKF308
    """Sends earlier answers as plain strings, which is all that Chat Completions takes."""

    async def assistant_message_to_input(
        self, item: AssistantMessageItem
    ) -> TResponseInputItem | list[TResponseInputItem] | None:
        text = "\n\n".join(part.text for part in item.content)
        return EasyInputMessageParam(type="message", role="assistant", content=text)


def build_agent() -> Agent[Any]:
    class Documents(AgentContext[dict[str, Any]]):
        bucket: str = ""

    @function_tool
    async def list_documents(ctx: RunContextWrapper[Documents]) -> str:  # CKF306
        """List the documents of this conversation."""
        page = await ctx.context.store.load_thread_items(
            ctx.context.thread.id, None, 100, "desc", ctx.context.request_context
        )
        names = [
            attachment.name
            for item in page.data
            if isinstance(item, UserMessageItem)
            for attachment in item.attachments
        ]
        return "\n".join(names) or "none"

    client = AsyncOpenAI(base_url=os.environ["LLM_URL"], api_key=os.environ["LLM_KEY"])
    return Agent(
        name="Librarian",
        instructions="Answer from the documents.",
        model=OpenAIChatCompletionsModel(model=os.environ["LLM_MODEL"], openai_client=client),
        tools=[list_documents],
    )


class DocumentServer(ChatKitServer[dict[str, Any]]):
    def __init__(self, store: Store[dict[str, Any]], files: S3Files) -> None:
        super().__init__(store, files)
        self.agent = build_agent()
        self.converter = DocumentConverter()

    async def respond(
        self,
        thread: ThreadMetadata,
        input_user_message: UserMessageItem | None,
        context: dict[str, Any],
    ) -> AsyncIterator[ThreadStreamEvent]:
        page = await self.store.load_thread_items(thread.id, None, 30, "desc", context)
        items = list(reversed(page.data))
        if input_user_message is not None:
            items.append(input_user_message)  # CKF303
        agent_context = AgentContext(thread=thread, store=self.store, request_context=context)
        result = Runner.run_streamed(
            self.agent, await self.converter.to_agent_input(items), context=agent_context
        )
        async for event in stream_agent_response(agent_context, result):  # CKF304
            yield event

    async def handle_stream_cancelled(  # CKF310
        self,
        thread: ThreadMetadata,
        context: dict[str, Any],
        pending_items: list[ThreadItem],
    ) -> None:
        await super().handle_stream_cancelled(thread, pending_items, context)


def create_app(store: Store[dict[str, Any]]) -> FastAPI:
    app = FastAPI()
    server = DocumentServer(store, S3Files(os.environ["UPLOAD_BUCKET"]))

    @app.post("/chatkit")
    async def chatkit(request: Request) -> Response:
        user_id = request.session.get("user_id")
        if not user_id:
            raise HTTPException(status_code=401)
        result = await server.process(await request.body(), {"user_id": user_id})
        if isinstance(result, StreamingResult):
            return StreamingResponse(
                result,
                media_type="text/event-stream",
                headers={
                    "Cache-Control": "no-cache",
                    "Connection": "keep-alive",
                    "X-Accel-Buffering": "no",
                },
            )
        return Response(content=result.json, media_type="application/json")

    return app
