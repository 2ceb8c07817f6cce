"""The ChatKit server: stores what is said, lets the agent answer, and streams the answer."""

import logging
from asyncio import CancelledError, Task
from collections.abc import AsyncGenerator, AsyncIterator
from time import monotonic
from typing import Any

from agents import Agent, Model
from chatkit.actions import Action
from chatkit.server import ChatKitServer, NonStreamingResult, StreamingResult
from chatkit.store import AttachmentStore, NotFoundError, Store
from chatkit.types import (
    ErrorEvent,
    FeedbackKind,
    StreamingReq,
    StreamOptionsEvent,
    SyncCustomActionResponse,
    ThreadItem,
    ThreadMetadata,
    ThreadStreamEvent,
    UserMessageItem,
    WidgetItem,
)
from typing_extensions import override

from .assistant.actions import ActionHandler, SyncActionHandler
from .assistant.agent_context import AssistantContext
from .assistant.answer import Answer
from .assistant.background import Background
from .assistant.converter import AssistantConverter, ReadAttachment
from .assistant.detached import detached
from .assistant.failures import failure, with_message
from .assistant.feedback import save_feedback
from .assistant.history import load_history
from .assistant.page import page_of, request_id_of
from .assistant.threads import beginning, updated
from .assistant.titles import ask_for_title, replace_title, title_of
from .assistant.turns import OnEvent, Outcome, announce, report_turn
from .config import settings
from .context import RequestContext

logger = logging.getLogger(__name__)

# Seconds that streams, titles and reports may still take when the server stops.
_SECONDS_TO_STOP = 5.0


class AssistantServer(ChatKitServer[RequestContext]):
    """Answer with one agent; keep threads and items in the store.

    `actions` and `sync_actions` hold the handlers of widgets' actions by the action's type.
    """

    def __init__(
        self,
        agent: Agent[AssistantContext],
        store: Store[RequestContext],
        attachment_store: AttachmentStore[RequestContext] | None = None,
        *,
        read_attachment: ReadAttachment | None = None,
        title_model: Model | None = None,
        history_limit: int = settings.history_limit,
        on_event: OnEvent | None = None,
    ) -> None:
        """Serve this agent from this store; `on_event` gets a report of each turn, afterwards.

        The model sees attachments through `read_attachment`, without it only their names. A new
        thread's title is cut from its first message; a `title_model` proposes a better one
        meanwhile.
        """
        super().__init__(store=store, attachment_store=attachment_store)
        self.actions: dict[str, ActionHandler] = {}
        self.sync_actions: dict[str, SyncActionHandler] = {}
        self._agent = agent
        self._read_attachment = read_attachment
        self._title_model = title_model
        self._history_limit = history_limit
        self._on_event = on_event
        self._background = Background()
        self._streams: set[Task[None]] = set()

    def interrupt(self) -> None:
        """End the streams that are running: each stores what was written, and says so."""
        for stream in self._streams:
            stream.cancel()

    async def aclose(self) -> None:
        """Wait a little for streams, titles and reports; then cancel them, and store the rest."""
        await self._background.close(_SECONDS_TO_STOP)

    @override
    async def process(
        self, request: str | bytes | bytearray, context: RequestContext
    ) -> StreamingResult | NonStreamingResult:
        """Handle one ChatKit request; a stream that is abandoned keeps what was written."""
        result = await super().process(request, context)
        if isinstance(result, NonStreamingResult):
            return result
        return StreamingResult(detached(result.json_events, self._background, self._streams))

    @override
    async def _process_streaming_impl(
        self, request: StreamingReq, context: RequestContext
    ) -> AsyncGenerator[ThreadStreamEvent, None]:
        """Yield the events of one request.

        What goes wrong behind `respond`, storing an answer above all, the SDK tells by a code.
        """
        async for event in super()._process_streaming_impl(request, context):
            yield with_message(event) if isinstance(event, ErrorEvent) else event

    @override
    async def respond(
        self,
        thread: ThreadMetadata,
        input_user_message: UserMessageItem | None,
        context: RequestContext,
    ) -> AsyncIterator[ThreadStreamEvent]:
        """Stream the agent's answer to what the thread says by now."""
        started = monotonic()
        outcome: Outcome = "failed"
        agent_context = AssistantContext.of(thread, self.store, context)
        answer = Answer(self._agent, agent_context)
        try:
            history = await load_history(
                self.store, thread.id, self._history_limit, input_user_message, context
            )
            if input_user_message is not None and thread.title is None:
                named_by = await self._begin(thread, input_user_message, history, context)
                # The SDK saves a changed thread behind the next event. It gets one right now, so
                # that nobody's rename falls in between; this one changes nothing for the client.
                yield StreamOptionsEvent(stream_options=self.get_stream_options(thread, context))
                if named_by is not None and self._title_model is not None:
                    better = self._improve_title(self._title_model, agent_context, named_by)
                    self._background.start(better)
            converter = AssistantConverter(context, self._read_attachment)
            async for event in answer.stream(await converter.to_agent_input(history)):
                yield event
            outcome = "completed"
        except CancelledError:
            outcome = "cancelled"
            raise
        except Exception as error:  # noqa: BLE001  whatever it is, the user is told and it is logged
            for event in answer.broken_off():
                yield event
            yield failure(error, request_id_of(context))
        finally:
            answer.close()
            seconds = monotonic() - started
            report = report_turn(request_id_of(context), thread.id, outcome, seconds, answer.usage)
            self._background.start(announce(report, self._on_event))

    @override
    async def action(
        self,
        thread: ThreadMetadata,
        action: Action[str, Any],
        sender: WidgetItem | None,
        context: RequestContext,
    ) -> AsyncIterator[ThreadStreamEvent]:
        """Stream what the action's handler yields."""
        handler = self.actions.get(action.type)
        if handler is None:
            logger.warning("request %s: no action %.80r", request_id_of(context), action.type)
            yield ErrorEvent(message="This assistant does not know that action.")
            return
        try:
            async for event in handler(
                AssistantContext.of(thread, self.store, context), action, sender
            ):
                yield event
        except Exception as error:  # noqa: BLE001  as in respond()
            yield failure(error, request_id_of(context))

    @override
    async def sync_action(
        self,
        thread: ThreadMetadata,
        action: Action[str, Any],
        sender: WidgetItem | None,
        context: RequestContext,
    ) -> SyncCustomActionResponse:
        """Return what the action's handler returns; raises NotFoundError when there is none."""
        handler = self.sync_actions.get(action.type)
        if handler is None:
            raise NotFoundError("This assistant does not know that action")
        return await handler(AssistantContext.of(thread, self.store, context), action, sender)

    @override
    async def add_feedback(
        self, thread_id: str, item_ids: list[str], feedback: FeedbackKind, context: RequestContext
    ) -> None:
        """Store the feedback beside its items; `load_feedback` reads it."""
        await save_feedback(self.store, thread_id, item_ids, feedback, context)

    @override
    async def handle_stream_cancelled(
        self, thread: ThreadMetadata, pending_items: list[ThreadItem], context: RequestContext
    ) -> None:
        """Store what was written of the answer; nobody is left to be told when that fails."""
        try:
            await super().handle_stream_cancelled(thread, pending_items, context)
        except Exception as error:  # noqa: BLE001  logged there
            failure(error, request_id_of(context))

    async def _begin(
        self,
        thread: ThreadMetadata,
        message: UserMessageItem,
        history: list[ThreadItem],
        context: RequestContext,
    ) -> UserMessageItem | None:
        """Write down where a thread began, on its first turn, and name it.

        Returns the message that gave it its title; None when it was named meanwhile, or nothing
        has been said to name it by.
        """
        stored = await self.store.load_thread(thread.id, context)
        asked = [item for item in history if isinstance(item, UserMessageItem)]
        begun = beginning(page_of(context)) if asked[0].id == message.id else {}
        thread.metadata = begun | stored.metadata
        thread.title = stored.title
        if stored.title is not None:
            return None
        named_by = next((item for item in asked if title_of(item)), None)
        thread.title = named_by and title_of(named_by)
        return named_by

    async def _improve_title(
        self, model: Model, context: AssistantContext, message: UserMessageItem
    ) -> None:
        """Replace the title cut from the message, unless somebody did so meanwhile."""
        thread_id, request = context.thread.id, context.request_context
        try:
            title = await ask_for_title(model, message)
            thread = title and await replace_title(
                self.store, thread_id, title_of(message), title, request
            )
        except Exception as error:  # noqa: BLE001  whatever it is, the thread has a title
            logger.warning("thread %s keeps the title cut from its first message", thread_id)
            failure(error, request_id_of(request))
        else:
            if thread:
                # Into the stream, if it is still there.
                await context.stream(updated(thread))
