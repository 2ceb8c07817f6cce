import logging

from chatkit.store import NotFoundError
from chatkit.types import ErrorEvent
from fastapi import HTTPException
from fastapi.responses import JSONResponse


def told(work: object) -> object:
    try:
        return work
    except RuntimeError as error:
        return ErrorEvent(message=str(error), allow_retry=True)  # CKF312
    except ValueError as error:
        raise HTTPException(500, detail=f"failed: {error}")  # CKF312
    except Exception as error:
        logging.exception("failed")
        return JSONResponse({"error": repr(error)}, status_code=500)  # CKF312


def kept(work: object) -> object:
    try:
        return work
    except NotFoundError as error:
        raise HTTPException(404, detail=str(error))
    except Exception as error:
        logging.error("failed: %s", error)
        return ErrorEvent(message="Something went wrong.", allow_retry=True)
