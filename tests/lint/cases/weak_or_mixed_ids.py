import secrets
import time
import uuid
from abc import ABC
from typing import Any
from uuid import uuid4

from chatkit.store import Store, default_generate_id


class Short(Store[str], ABC):
    def generate_thread_id(self, context: str) -> str:
        return "thr_" + uuid4().hex[:12]  # CKF116

    def generate_item_id(self, item_type: Any, thread: Any, context: str) -> str:  # CKF116
        return f"{item_type}_{secrets.token_hex(4)}"  # CKF116


class Clock(Store[str], ABC):
    def generate_thread_id(self, context: str) -> str:
        return f"thr_{int(time.time() * 1000)}"  # CKF116


class Counter(Store[str], ABC):
    last = 0

    def generate_item_id(self, item_type: Any, thread: Any, context: str) -> str:
        self.last += 1  # CKF116
        return f"{item_type}_{self.last}"


class Good(Store[str], ABC):
    def generate_thread_id(self, context: str) -> str:
        return f"thr_{uuid.uuid4().hex}"

    def generate_item_id(self, item_type: Any, thread: Any, context: str) -> str:
        return f"{item_type[:3]}_{uuid4().hex[:20]}"


class Mixed(Store[str], ABC):
    def generate_thread_id(self, context: str) -> str:
        return f"thr_{uuid4().hex}"

    def generate_item_id(self, item_type: Any, thread: Any, context: str) -> str:  # CKF116
        return f"{item_type}_{secrets.token_hex(16)}"


class Elsewhere(Store[str], ABC):
    def generate_thread_id(self, context: str) -> str:
        return default_generate_id("thread")

    def pages(self) -> float:
        return time.time()
