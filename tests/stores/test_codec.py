"""What the stores share: rows that a later SDK wrote spoil neither pages nor logs."""

import json
import logging
from typing import Any

import pytest

from ..staged import store_module

codec = store_module("codec")
FUTURE = {"type": "hologram", "id": "x", "created_at": "2026-01-01T12:00:00", "secret": "beam"}


def thread(thread_id: str, **fields: Any) -> str:
    return json.dumps({"id": thread_id, "created_at": "2026-01-01T12:00:00", **fields})


def test_a_thread_of_the_future_is_left_out_of_its_page(caplog: pytest.LogCaptureFixture) -> None:
    """Leave a thread of an unknown status out with a warning, and count it as read."""
    rows = [("thr_1", thread("thr_1")), ("thr_2", thread("thr_2", status=FUTURE)), ("thr_3", "")]
    with caplog.at_level(logging.WARNING):
        page = codec.to_page(codec.THREAD, rows, 2, "Thread")
    assert ([each.id for each in page.data], page.has_more, page.after) == (
        ["thr_1"],
        True,
        "thr_2",
    )
    assert "Thread thr_2 is stored" in caplog.text
    assert "beam" not in caplog.text


def test_an_attachment_of_the_future_is_named(caplog: pytest.LogCaptureFixture) -> None:
    """Say that the record is stored but cannot be read, and quote nothing of it."""
    with pytest.raises(ValueError, match="Attachment atc_1 is stored") as caught:
        codec.decode(codec.ATTACHMENT, json.dumps(FUTURE), "Attachment atc_1")
    assert "beam" not in str(caught.value)
    assert caught.value.__cause__ is None
