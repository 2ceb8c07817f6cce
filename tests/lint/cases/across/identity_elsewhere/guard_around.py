import hmac
import os
from typing import Any

from starlette.responses import Response


class GatewayOnly:
    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        headers = dict(scope["headers"])
        if not hmac.compare_digest(headers.get(b"x-proof", b""), os.environb[b"PROOF"]):
            await Response(status_code=401)(scope, receive, send)
            return
        await self.app(scope, receive, send)
