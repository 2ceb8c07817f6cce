"""Payroll questions in the staff portal. SQLModel with a synchronous engine; every session lives in a worker thread."""
import asyncio
import secrets
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

from agents import Agent, Runner
from chatkit.agents import AgentContext, ThreadItemConverter, stream_agent_response
from chatkit.server import ChatKitServer, StreamingResult
from chatkit.store import NotFoundError, Store, StoreItemType
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata, ThreadStreamEvent, UserMessageItem
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import Response, StreamingResponse
from openai.types.responses import ResponseInputTextParam
from pydantic import BaseModel, TypeAdapter
from pydantic_settings import BaseSettings
from sqlalchemy import BigInteger, Text, UniqueConstraint
from sqlalchemy.engine import Engine
from sqlmodel import Field, Session, SQLModel, col, create_engine, delete, select, tuple_


class Settings(BaseSettings):
    payroll_db_url: str
    history_size: int = 50


class PayThread(SQLModel, table=True):
    __table_args__ = (UniqueConstraint("employee_no", "thread_id"),)
    pk: int | None = Field(default=None, primary_key=True)
    employee_no: str = Field(index=True, max_length=64)
    thread_id: str = Field(max_length=255)
    at: int = Field(sa_type=BigInteger)
    doc: str = Field(sa_type=Text)


class PayItem(SQLModel, table=True):
    __table_args__ = (UniqueConstraint("thread_pk", "item_id"),)
    pk: int | None = Field(default=None, primary_key=True)
    thread_pk: int = Field(foreign_key="paythread.pk", index=True)
    item_id: str = Field(max_length=255)
    at: int = Field(sa_type=BigInteger)
    doc: str = Field(sa_type=Text)


class PaySlip(SQLModel, table=True):
    employee_no: str = Field(primary_key=True, max_length=64)
    attachment_id: str = Field(primary_key=True, max_length=255)
    doc: str = Field(sa_type=Text)


class Employee(BaseModel):
    employee_no: str


ITEM: TypeAdapter[ThreadItem] = TypeAdapter(ThreadItem)
SLIP: TypeAdapter[Attachment] = TypeAdapter(Attachment)


def _at(value: datetime) -> int:
    return round(value.timestamp() * 1_000_000)


def _thread(session: Session, who: Employee, thread_id: str) -> PayThread | None:
    return session.exec(
        select(PayThread).where(PayThread.employee_no == who.employee_no, PayThread.thread_id == thread_id)
    ).first()


def _thread_or_raise(session: Session, who: Employee, thread_id: str) -> PayThread:
    row = _thread(session, who, thread_id)
    if row is None:
        raise NotFoundError(f"Thread {thread_id} not found")
    return row


def _item(session: Session, thread: PayThread, item_id: str) -> PayItem | None:
    return session.exec(select(PayItem).where(PayItem.thread_pk == thread.pk, PayItem.item_id == item_id)).first()


def _sweep(session: Session, *statements: Any) -> None:
    for statement in statements:
        session.exec(statement)
    session.commit()


def _check(limit: int, order: str) -> int:
    if limit < 1 or order not in ("asc", "desc"):
        raise ValueError("limit must be positive, order asc or desc")
    return min(limit, 200)


class PayrollStore(Store[Employee]):
    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def generate_thread_id(self, context: Employee) -> str:
        return secrets.token_hex(12)

    def generate_item_id(self, item_type: StoreItemType, thread: ThreadMetadata, context: Employee) -> str:
        return secrets.token_hex(12)

    async def load_thread(self, thread_id: str, context: Employee) -> ThreadMetadata:
        def work() -> str:
            with Session(self.engine) as session:
                return _thread_or_raise(session, context, thread_id).doc

        return ThreadMetadata.model_validate_json(await asyncio.to_thread(work))

    async def save_thread(self, thread: ThreadMetadata, context: Employee) -> None:
        def work() -> None:
            with Session(self.engine) as session:
                row = _thread(session, context, thread.id)
                at, doc = _at(thread.created_at), thread.model_dump_json(exclude={"items"})
                if row is None:
                    row = PayThread(employee_no=context.employee_no, thread_id=thread.id, at=at, doc=doc)
                row.at, row.doc = at, doc
                session.add(row)
                session.commit()

        await asyncio.to_thread(work)

    async def load_threads(self, limit: int, after: str | None, order: str, context: Employee) -> Page[ThreadMetadata]:
        return await asyncio.to_thread(self._load_threads, _check(limit, order), after, order, context)

    def _load_threads(self, size: int, after: str | None, order: str, who: Employee) -> Page[ThreadMetadata]:
        place = tuple_(col(PayThread.at), col(PayThread.pk))
        query = select(PayThread).where(PayThread.employee_no == who.employee_no)
        with Session(self.engine) as session:
            if after is not None:
                mark = _thread_or_raise(session, who, after)
                query = query.where(place < (mark.at, mark.pk) if order == "desc" else place > (mark.at, mark.pk))
            if order == "desc":
                query = query.order_by(PayThread.at.desc(), PayThread.pk.desc())  # CKF114
            else:
                query = query.order_by(col(PayThread.at), col(PayThread.pk))
            rows = session.exec(query.limit(size + 1)).all()
        more = len(rows) > size
        return Page(
            data=[ThreadMetadata.model_validate_json(row.doc) for row in rows[:size]],
            has_more=more,
            after=rows[size - 1].thread_id if more else None,
        )

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: Employee
    ) -> Page[ThreadItem]:
        return await asyncio.to_thread(self._load_items, thread_id, after, _check(limit, order), order, context)

    def _load_items(self, thread_id: str, after: str | None, size: int, order: str, who: Employee) -> Page[ThreadItem]:
        at, pk = col(PayItem.at), col(PayItem.pk)
        with Session(self.engine) as session:
            thread = _thread(session, who, thread_id)
            if thread is None:
                if after is None:
                    return Page(data=[], has_more=False, after=None)
                raise NotFoundError(f"Thread {thread_id} not found")
            query = select(PayItem).where(PayItem.thread_pk == thread.pk)
            mark = _item(session, thread, after) if after else None
            if mark is not None:  # CKF214
                here = (mark.at, mark.pk)
                query = query.where(tuple_(at, pk) < here if order == "desc" else tuple_(at, pk) > here)
            query = query.order_by(at.desc(), pk.desc()) if order == "desc" else query.order_by(at.asc(), pk.asc())
            rows = session.exec(query.limit(size + 1)).all()
        more = len(rows) > size
        return Page(
            data=[ITEM.validate_json(row.doc) for row in rows[:size]],
            has_more=more,
            after=rows[size - 1].item_id if more else None,
        )

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Employee) -> None:
        await asyncio.to_thread(self._keep, thread_id, item, context)

    async def save_item(self, thread_id: str, item: ThreadItem, context: Employee) -> None:
        await asyncio.to_thread(self._keep, thread_id, item, context)

    def _keep(self, thread_id: str, item: ThreadItem, who: Employee) -> None:
        with Session(self.engine) as session:
            thread = _thread_or_raise(session, who, thread_id)
            at, doc = _at(item.created_at), ITEM.dump_json(item).decode()
            row = _item(session, thread, item.id)
            if row is None:
                row = PayItem(thread_pk=thread.pk, item_id=item.id, at=at, doc=doc)
            row.at, row.doc = at, doc
            session.add(row)
            session.commit()

    async def load_item(self, thread_id: str, item_id: str, context: Employee) -> ThreadItem:
        def work() -> str:
            with Session(self.engine) as session:
                row = _item(session, _thread_or_raise(session, context, thread_id), item_id)
                if row is None:
                    raise NotFoundError(f"Item {item_id} not found")
                return row.doc

        return ITEM.validate_json(await asyncio.to_thread(work))

    async def delete_thread(self, thread_id: str, context: Employee) -> None:
        doomed = (PayThread.employee_no == context.employee_no, PayThread.thread_id == thread_id)

        def work() -> None:
            with Session(self.engine) as session:
                _sweep(
                    session,
                    delete(PayItem).where(col(PayItem.thread_pk).in_(select(PayThread.pk).where(*doomed))),
                    delete(PayThread).where(*doomed),
                )

        await asyncio.to_thread(work)

    async def delete_thread_item(self, thread_id: str, item_id: str, context: Employee) -> None:
        def work() -> None:
            with Session(self.engine) as session:
                thread = _thread(session, context, thread_id)
                if thread is not None:
                    _sweep(session, delete(PayItem).where(PayItem.thread_pk == thread.pk, PayItem.item_id == item_id))

        await asyncio.to_thread(work)

    async def save_attachment(self, attachment: Attachment, context: Employee) -> None:
        slip = PaySlip(
            employee_no=context.employee_no, attachment_id=attachment.id, doc=SLIP.dump_json(attachment).decode()
        )

        def work() -> None:
            with Session(self.engine) as session:
                session.merge(slip)
                session.commit()

        await asyncio.to_thread(work)

    async def load_attachment(self, attachment_id: str, context: Employee) -> Attachment:
        def work() -> PaySlip | None:
            with Session(self.engine) as session:
                return session.get(PaySlip, (context.employee_no, attachment_id))

        slip = await asyncio.to_thread(work)
        if slip is None:
            raise NotFoundError(f"Attachment {attachment_id} not found")
        return SLIP.validate_json(slip.doc)

    async def delete_attachment(self, attachment_id: str, context: Employee) -> None:
        gone = delete(PaySlip).where(
            PaySlip.employee_no == context.employee_no, PaySlip.attachment_id == attachment_id
        )

        def work() -> None:
            with Session(self.engine) as session:
                _sweep(session, gone)

        await asyncio.to_thread(work)


class SlipConverter(ThreadItemConverter):
    async def attachment_to_message_content(self, attachment: Attachment) -> ResponseInputTextParam:
        return ResponseInputTextParam(type="input_text", text=f"[payslip: {attachment.name}]")


settings = Settings()
payroll_agent: Agent[AgentContext[Employee]] = Agent(name="Payroll", instructions="Explain payslips in plain words.")


class PayrollServer(ChatKitServer[Employee]):
    def __init__(self, store: PayrollStore) -> None:
        super().__init__(store)
        self.converter = SlipConverter()

    async def respond(
        self, thread: ThreadMetadata, input_user_message: UserMessageItem | None, context: Employee
    ) -> AsyncIterator[ThreadStreamEvent]:
        page = await self.store.load_thread_items(thread.id, None, settings.history_size, "asc", context)  # CKF302
        agent_context = AgentContext(thread=thread, store=self.store, request_context=context)
        run = Runner.run_streamed(payroll_agent, await self.converter.to_agent_input(page.data))  # CKF305
        async for event in stream_agent_response(agent_context, run):
            yield event


app = FastAPI()
server = PayrollServer(PayrollStore(create_engine(settings.payroll_db_url)))


@app.post("/payroll/chatkit")
async def chat(request: Request) -> Response:
    employee_no = request.headers.get("X-Employee-No")  # CKF403
    if not employee_no:
        raise HTTPException(status_code=401)
    result = await server.process(await request.body(), Employee(employee_no=employee_no))
    if isinstance(result, StreamingResult):
        headers = {"Cache-Control": "no-cache", "Connection": "keep-alive", "X-Accel-Buffering": "no"}
        return StreamingResponse(result, media_type="text/event-stream", headers=headers)
    return Response(content=result.json, media_type="application/json")
