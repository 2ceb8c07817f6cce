"""Points 10 and 11: times come back exactly as saved, and instants decide the order."""

import os
import time
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Final

import pytest

from .harness import Harness, TContext, contract_cases, contract_test
from .samples import NOON, message, seconds
from .scene import Scene


class SetBack(tzinfo):
    """Repeat an hour, as zones do when summer time ends: such times equal none of other zones."""

    def utcoffset(self, at: datetime | None) -> timedelta:
        """Return two hours the first time round, one the second."""
        return timedelta(hours=1 if at is not None and at.fold else 2)

    def dst(self, at: datetime | None) -> timedelta | None:
        """Say nothing about summer time."""

    def tzname(self, at: datetime | None) -> str | None:
        """Have no name."""


TIMES: Final = {
    "naive": datetime(2026, 3, 14, 12, 0, 0, 123456),
    "naive_whole_second": datetime(2026, 3, 14, 12),
    "utc": NOON,
    "utc_last_microsecond": datetime(2026, 3, 14, 12, 0, 0, 999999, tzinfo=UTC),
    "kathmandu": datetime(
        2026, 3, 14, 12, 0, 0, 1, tzinfo=timezone(timedelta(hours=5, minutes=45))
    ),
    "far_west": datetime(2026, 3, 14, tzinfo=timezone(timedelta(hours=-12))),
    "before_1970": datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    "naive_1900": datetime(1900, 1, 1, 0, 0, 0, 1),
    "repeated_hour": datetime(2026, 10, 25, 2, 30, tzinfo=SetBack()),
    "repeated_hour_again": datetime(2026, 10, 25, 2, 30, tzinfo=SetBack(), fold=1),
}
# The same hour written in zones whose texts sort otherwise, and steps of one microsecond.
CHRONOLOGY: Final = (
    datetime(2026, 1, 1, 14, 0, tzinfo=timezone(timedelta(hours=14))),
    datetime(2026, 1, 1, 0, 0, 0, 1, tzinfo=UTC),
    datetime(2025, 12, 31, 12, 0, 0, 2, tzinfo=timezone(timedelta(hours=-12))),
    datetime(2026, 1, 1, 0, 0, 0, 10, tzinfo=UTC),
    datetime(2026, 1, 1, 0, 0, 1, tzinfo=UTC),
    datetime(2026, 1, 1, 5, 30, 2, tzinfo=timezone(timedelta(hours=5, minutes=30))),
)


@contextmanager
def local_zone(posix: str) -> Generator[None, None, None]:
    """Move this process to a time zone such as "EST5" for a while."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = posix
    time.tzset()
    try:
        yield
    finally:
        del os.environ["TZ"]
        if before is not None:
            os.environ["TZ"] = before
        time.tzset()


class Times(Harness[TContext]):
    """Hold that times are kept, and order by them is total."""

    @contract_cases("kind", TIMES)
    async def test_p10_created_at_exact(self, scene: Scene[TContext], kind: str) -> None:
        """Return a time with its microseconds, its offset, or its lack of one."""
        at = TIMES[kind]
        await scene.thread(created_at=at)
        await scene.message("itm_1", created_at=at)
        thread = await scene.store.load_thread("thr_1", scene.alice)
        item = await scene.store.load_item("thr_1", "itm_1", scene.alice)
        page = await scene.store.load_thread_items("thr_1", None, 1, "desc", scene.alice)
        threads = await scene.store.load_threads(1, None, "desc", scene.alice)
        for loaded in (thread, item, page.data[0], threads.data[0]):
            # == alone takes 12:00+00:00 and 13:00+01:00 for the same.
            assert loaded.created_at.isoformat() == at.isoformat()
            assert (loaded.created_at.tzinfo is None) == (at.tzinfo is None)

    @contract_test
    async def test_p10_resumed_workflow(self, scene: Scene[TContext]) -> None:
        """Return a naive time naive: the SDK subtracts it from a naive now."""
        started = datetime.now()
        await scene.thread()
        await scene.message("itm_1", created_at=started)
        loaded = await scene.store.load_item("thr_1", "itm_1", scene.alice)
        assert datetime.now() - loaded.created_at >= timedelta(0)

    @contract_test
    async def test_p10_extreme_years(self, scene: Scene[TContext]) -> None:
        """Keep the first and last moments a datetime can hold, or refuse them with ValueError."""
        moments = [
            at for end in (datetime.min, datetime.max) for at in (end, end.replace(tzinfo=UTC))
        ]
        moments += [
            datetime.min.replace(tzinfo=timezone(timedelta(hours=14))),
            datetime.max.replace(tzinfo=timezone(timedelta(hours=-12))),
        ]
        for number, at in enumerate(moments):
            try:
                await scene.thread(f"thr_{number}", created_at=at)
            except ValueError:
                assert f"thr_{number}" not in await scene.thread_ids()
            else:
                thread = await scene.store.load_thread(f"thr_{number}", scene.alice)
                assert thread.created_at.isoformat() == at.isoformat()

    @pytest.mark.parametrize("order", ["asc", "desc"])
    @contract_test
    async def test_p11_ties(self, scene: Scene[TContext], order: str) -> None:
        """Keep equal timestamps in the order of insertion, at any page size."""
        # Ids that sort otherwise than they arrive.
        names = ["m", "z", "a", "Z", "0", "é", "b", "y", "n", "c", "x"]
        for name in names:
            await scene.thread(name)
            await scene.message(name, names[0])
        await scene.thread("a", title="saved again")
        await scene.message("z", names[0], text="saved again")
        expected = names if order == "asc" else names[::-1]
        for size in range(1, len(names) + 2):
            assert await scene.thread_ids(size=size, order=order) == expected
            assert await scene.item_ids(names[0], size=size, order=order) == expected

    @contract_test
    async def test_p11_instants_decide(self, scene: Scene[TContext]) -> None:
        """Order by instant, whatever the zone it is written in and whenever it is inserted."""
        await scene.thread("thr")
        for number in (3, 0, 5, 1, 4, 2):
            await scene.message(f"itm_{number}", "thr", created_at=CHRONOLOGY[number])
            await scene.thread(f"thr_{number}", owner=scene.bob, created_at=CHRONOLOGY[number])
        for size in (1, 2, 4, 100):
            for order, numbers in (("asc", range(6)), ("desc", range(5, -1, -1))):
                items = await scene.item_ids("thr", size=size, order=order)
                assert items == [f"itm_{number}" for number in numbers]
                threads = await scene.thread_ids(owner=scene.bob, size=size, order=order)
                assert threads == [f"thr_{number}" for number in numbers]

    @contract_test
    async def test_p11_thread_moves_with_its_time(self, scene: Scene[TContext]) -> None:
        """Give a thread saved with another created_at the place of that instant."""
        for number in range(3):
            await scene.thread(f"thr_{number}", created_at=seconds(number))
        await scene.thread("thr_0", created_at=seconds(1.5))
        assert await scene.thread_ids() == ["thr_1", "thr_0", "thr_2"]
        assert await scene.thread_ids(size=1, order="desc") == ["thr_2", "thr_0", "thr_1"]

    if hasattr(time, "tzset"):

        @contract_test
        async def test_p04_naive_time_of_a_repeated_hour(self, scene: Scene[TContext]) -> None:
            """Keep the place of a naive time when what was loaded is saved again."""
            await scene.thread()
            between = datetime(2026, 10, 25, 1, tzinfo=UTC)
            half_past = datetime(2026, 10, 25, 2, 30)
            with local_zone("CET-1CEST,M3.5.0,M10.5.0/3"):
                await scene.message("second_pass", created_at=half_past.replace(fold=1))
                await scene.message("between", created_at=between)
                await scene.message("first_pass", created_at=half_past)
                for item_id in ("second_pass", "first_pass"):
                    loaded = await scene.store.load_item("thr_1", item_id, scene.alice)
                    assert loaded.created_at.isoformat() == half_past.isoformat()
                    await scene.store.save_item("thr_1", loaded, scene.alice)
            assert await scene.item_ids() == ["first_pass", "between", "second_pass"]

        @contract_test
        async def test_p10_naive_is_local_when_saved(self, scene: Scene[TContext]) -> None:
            """Place a naive time by the zone of the process at the moment of saving."""
            twelve = datetime(2026, 1, 1, 12)
            await scene.thread()
            with local_zone("JST-9"):
                await scene.message("tokyo_12", created_at=twelve)
            await scene.message("utc_04", created_at=datetime(2026, 1, 1, 4, tzinfo=UTC))
            with local_zone("EST5"):
                await scene.message("new_york_12", created_at=twelve)
                await scene.message("utc_16", created_at=datetime(2026, 1, 1, 16, tzinfo=UTC))
                expected = ["tokyo_12", "utc_04", "utc_16", "new_york_12"]
                assert await scene.item_ids(size=1) == expected
                loaded = await scene.store.load_item("thr_1", "tokyo_12", scene.alice)
            assert loaded == message("tokyo_12", "thr_1", twelve)
