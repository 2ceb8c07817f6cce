import random
import secrets
import string
import time
import uuid
from abc import ABC
from chatkit.store import Store, StoreItemType, default_generate_id
from chatkit.types import HiddenContextItem, ThreadMetadata, URLSource
from datetime import datetime
from django.utils.crypto import get_random_string
from hashlib import md5, sha256
from itertools import count
from typing import Any
from uuid import uuid4

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
        return default_generate_id("thread")  # CKF116

    def pages(self) -> float:
        return time.time()


LENGTH = 8


def short_id(prefix: str) -> str:
    return f"{prefix}_{uuid4().hex[:LENGTH]}"  # CKF116


class Helped(Store[str], ABC):
    DIGITS = 10

    def generate_thread_id(self, context: str) -> str:
        return short_id("thr")

    def generate_item_id(self, item_type: Any, thread: Any, context: str) -> str:
        return self._new(item_type)

    def _new(self, prefix: str) -> str:
        value = str(uuid.uuid4())
        return f"{prefix}_{value[: self.DIGITS]}"  # CKF116


class Parts(Store[str], ABC):
    def generate_thread_id(self, context: str) -> str:
        return f"thr_{uuid4().int % 10**8}"  # CKF116

    def generate_item_id(self, item_type: Any, thread: Any, context: str) -> str:
        return f"{item_type}_{str(uuid.uuid4())[-6:]}"  # CKF116


class Letters(Store[str], ABC):
    def generate_thread_id(self, context: str) -> str:
        return "".join(random.choices("abcdef", k=8))  # CKF116


class Timed(Store[str], ABC):
    def generate_thread_id(self, context: str) -> str:
        return f"{time.time_ns():x}_{uuid4().hex}"

    def generate_item_id(self, item_type: Any, thread: Any, context: str) -> str:
        self.last = time.time()
        return f"{item_type}_{uuid.uuid4().hex[:24]}"


class Assigned(Store[str], ABC):
    def generate_thread_id(self, context: str) -> str:
        return secrets.token_urlsafe(16)

    def generate_item_id(self, item_type: Any, thread: Any, context: str) -> str:
        return f"{item_type}_{secrets.token_urlsafe()}"


class Default(Store[str], ABC):
    def generate_thread_id(self, context: str) -> str:
        return super().generate_thread_id(context)  # CKF116


def made(store: Any, thread: ThreadMetadata, now: Any) -> list[Any]:
    return [
        HiddenContextItem(id=f"hid_{uuid4().hex[:8]}", thread_id="t", created_at=now, content=""),  # CKF116
        HiddenContextItem(id=f"hid_{uuid4().hex}", thread_id="t", created_at=now, content=""),
        HiddenContextItem(
            id=store.generate_item_id("message", thread, ""), thread_id="t", created_at=now, content=""
        ),
        ThreadMetadata(id=f"thr_{int(time.time())}", created_at=now),  # CKF116
        URLSource(url="x", title=uuid4().hex[:8]),
    ]


Ctx = dict[str, Any]
_numbers = count(1)
ALPHABET = string.ascii_lowercase + string.digits


def brief_id(prefix: str) -> str:
    return f"{prefix}_{uuid.uuid4().hex[:8]}"  # CKF116


def long_id(prefix: str) -> str:
    return f"{prefix}_{uuid.uuid4().hex}"


class A(Store[Ctx], ABC):
    def generate_thread_id(self, context: Ctx) -> str:
        return brief_id("thr")

    def generate_item_id(self, item_type: StoreItemType, thread: ThreadMetadata, context: Ctx) -> str:
        return brief_id(item_type)


class B(Store[Ctx], ABC):
    def generate_thread_id(self, context: Ctx) -> str:
        return "thr_" + "".join(random.choices(ALPHABET, k=8))  # CKF116

    def generate_item_id(self, item_type: StoreItemType, thread: ThreadMetadata, context: Ctx) -> str:
        return "itm_" + "".join(random.choice(ALPHABET) for _ in range(8))  # CKF116


class C(Store[Ctx], ABC):
    def generate_thread_id(self, context: Ctx) -> str:
        return long_id("thr")

    def generate_item_id(self, item_type: StoreItemType, thread: ThreadMetadata, context: Ctx) -> str:
        return long_id(item_type)


class D(Store[Ctx], ABC):
    def generate_thread_id(self, context: Ctx) -> str:
        return f"thr_{secrets.token_hex(4)}"  # CKF116

    def generate_item_id(self, item_type: StoreItemType, thread: ThreadMetadata, context: Ctx) -> str:
        return f"{item_type}_{next(_numbers)}"  # CKF116


class E(Store[Ctx], ABC):
    def generate_thread_id(self, context: Ctx) -> str:
        return f"thr_{datetime.now().strftime('%Y%m%d%H%M%S%f')}"  # CKF116

    def generate_item_id(self, item_type: StoreItemType, thread: ThreadMetadata, context: Ctx) -> str:
        return f"{item_type}_{int(time.time() * 1000)}_{random.randint(0, 9999)}"  # CKF116


class F(Store[Ctx], ABC):
    def generate_thread_id(self, context: Ctx) -> str:
        return "".join(secrets.choice(ALPHABET) for _ in range(24))

    def generate_item_id(self, item_type: StoreItemType, thread: ThreadMetadata, context: Ctx) -> str:
        return "".join(secrets.choice(ALPHABET) for _ in range(24))


class G(Store[Ctx], ABC):
    def generate_thread_id(self, context: Ctx) -> str:
        return f"{time.time_ns():x}-{uuid.uuid4().hex}"

    def generate_item_id(self, item_type: StoreItemType, thread: ThreadMetadata, context: Ctx) -> str:
        return f"{time.time_ns():x}-{uuid.uuid4().hex}"


class H(Store[Ctx], ABC):
    def generate_thread_id(self, context: Ctx) -> str:
        return md5(str(time.time()).encode()).hexdigest()  # CKF116

    def generate_item_id(self, item_type: StoreItemType, thread: ThreadMetadata, context: Ctx) -> str:
        return sha256(f"{thread.id}{time.time()}".encode()).hexdigest()  # CKF116


class I(Store[Ctx], ABC):
    def generate_thread_id(self, context: Ctx) -> str:
        return f"thr_{uuid.uuid4()}"

    def generate_item_id(self, item_type: StoreItemType, thread: ThreadMetadata, context: Ctx) -> str:  # CKF116
        return f"{item_type}_{secrets.token_hex(16)}"


class J(Store[Ctx], ABC):
    def generate_thread_id(self, context: Ctx) -> str:
        return str(uuid.uuid4()).split("-")[0]  # CKF116

    def generate_item_id(self, item_type: StoreItemType, thread: ThreadMetadata, context: Ctx) -> str:
        return f"{item_type}_{uuid.uuid4().int % 10**8}"  # CKF116


class K(Store[Ctx], ABC):
    def generate_thread_id(self, context: Ctx) -> str:
        return f"thr_{uuid.uuid1().hex}"  # CKF116

    def generate_item_id(self, item_type: StoreItemType, thread: ThreadMetadata, context: Ctx) -> str:
        raw = uuid.uuid1().hex  # CKF116
        return f"{item_type}_{raw}"


LETTERS = string.ascii_letters + string.digits


class L(Store[Ctx], ABC):
    def generate_thread_id(self, context: Ctx) -> str:
        return "thr_" + get_random_string(8)  # CKF116

    def generate_item_id(self, item_type: StoreItemType, thread: ThreadMetadata, context: Ctx) -> str:
        return f"{item_type}_{int(time.time())}_{get_random_string(16)}"


class M(Store[Ctx], ABC):
    def generate_thread_id(self, context: Ctx) -> str:
        return "thr_" + "".join(secrets.choice(LETTERS) for _ in range(12))

    def generate_item_id(self, item_type: StoreItemType, thread: ThreadMetadata, context: Ctx) -> str:
        return "itm_" + "".join(secrets.choice("0123456789abcdef") for _ in range(12))  # CKF116


class N(Store[Ctx], ABC):
    def generate_thread_id(self, context: Ctx) -> str:
        return f"{time.time_ns():x}" + "".join(secrets.choice(LETTERS) for _ in range(20))

    def generate_item_id(self, item_type: StoreItemType, thread: ThreadMetadata, context: Ctx) -> str:
        return "itm_" + get_random_string(16, string.digits)  # CKF116
