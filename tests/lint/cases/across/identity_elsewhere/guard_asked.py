import hmac
import os

from fastapi import HTTPException, Request


async def gateway_only(request: Request) -> None:
    if not hmac.compare_digest(request.headers.get("x-proof", ""), os.environ["PROOF"]):
        raise HTTPException(401)
