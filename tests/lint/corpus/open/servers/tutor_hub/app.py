"""FastAPI application of the tutor hub."""

import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import jwt
from chatkit.server import StreamingResult
from chatkit.store import NotFoundError
from fastapi import Depends, FastAPI, HTTPException, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from fastapi.security import OAuth2PasswordBearer
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel import SQLModel

from .server import TutorServer
from .store import StudentContext, TutorStore

logger = logging.getLogger(__name__)
oauth2 = OAuth2PasswordBearer(tokenUrl="/auth/token")

SSE_HEADERS = {
    "Cache-Control": "no-cache",
    "Connection": "keep-alive",
    "X-Accel-Buffering": "no",
}
DEFAULT_CONTEXT = StudentContext(student_id="student", school_id="default")


class Student(BaseModel):
    sub: str
    school: str


async def current_student(token: Annotated[str, Depends(oauth2)]) -> Student:
    try:
        claims = jwt.decode(token, os.environ["JWT_SECRET"], algorithms=["HS256"])
    except jwt.InvalidTokenError:
        raise HTTPException(status_code=401, detail="invalid token") from None
    return Student.model_validate(claims)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    engine = create_async_engine(os.environ["DATABASE_URL"], pool_pre_ping=True)
    async with engine.begin() as connection:
        await connection.run_sync(SQLModel.metadata.create_all)
    app.state.tutor = TutorServer(TutorStore(engine), model=os.environ["TUTOR_MODEL"])
    yield
    await engine.dispose()


app = FastAPI(title="Tutor hub", lifespan=lifespan)


@app.post("/chatkit")
async def chatkit(
    request: Request, student: Annotated[Student, Depends(current_student)]
) -> Response:
    logger.info("chat request of %s (%s)", student.sub, student.school)
    server: TutorServer = request.app.state.tutor
    try:
        result = await server.process(await request.body(), DEFAULT_CONTEXT)  # CKF309
    except NotFoundError:
        return JSONResponse({"detail": "not found"}, status_code=404)
    if isinstance(result, StreamingResult):
        return StreamingResponse(result, media_type="text/event-stream", headers=SSE_HEADERS)
    return Response(result.json, media_type="application/json")
