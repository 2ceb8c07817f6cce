from typing import Any

from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import Request


class Identity(BaseHTTPMiddleware):
    async def dispatch(self, request: Request, call_next: Any) -> Any:
        request.state.user_id = request.headers.get("x-user-id", "anonymous")  # CKF403
        return await call_next(request)
