"""What the SDK relies on beside the 17 points: signatures, ways of calling, unguessable ids."""

import inspect
import re
import uuid
from typing import Any, Final, get_args

from chatkit.store import Store, StoreItemType, default_generate_id
from chatkit.types import Page

from .calls import CALLS, Ids, call, sdk_methods
from .harness import Harness, TContext, contract_cases, contract_test
from .ownership import furnish
from .scene import Scene

ITEM_KINDS: Final[tuple[StoreItemType, ...]] = get_args(StoreItemType)
GENERATED: Final = 500


def assert_random(ids: list[str], prefix: str) -> None:
    """Check that the ids carry the prefix and the 122 random bits of a UUID version 4."""
    for text in ids:
        found = re.fullmatch(rf"{prefix}_([0-9a-f]{{32}})", text)
        assert found, f"{text} is not {prefix}_ and 32 hexadecimal digits"
        assert uuid.UUID(found[1]).version == 4
        assert uuid.UUID(found[1]).variant == uuid.RFC_4122
    assert len(set(ids)) == len(ids)


class Surface(Harness[TContext]):
    """Hold that the SDK can call the store at all."""

    @contract_cases("method", sdk_methods())
    async def test_surface_signatures(self, scene: Scene[TContext], method: str) -> None:
        """Take the SDK's parameters under its names, in its order; more need a default."""
        asked = list(inspect.signature(getattr(Store, method)).parameters)[1:]
        assert method in CALLS, f"the SDK's Store has {method}(), which this suite does not know"
        assert [*CALLS[method].arguments(Ids()), "context"] == asked, "this suite is out of date"
        parameters = list(inspect.signature(getattr(scene.store, method)).parameters.values())
        assert [each.name for each in parameters[: len(asked)]] == asked
        for each in parameters[: len(asked)]:
            assert each.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
        for each in parameters[len(asked) :]:
            assert each.default is not inspect.Parameter.empty
        assert inspect.iscoroutinefunction(getattr(scene.store, method))

    @contract_cases("method", sdk_methods())
    async def test_surface_called_both_ways(self, scene: Scene[TContext], method: str) -> None:
        """Do the same whether the context is passed by position or by keyword."""
        answers: list[Any] = []
        for owner, by_keyword in ((scene.alice, False), (scene.bob, True)):
            await furnish(scene, owner, "someone's")
            answer = await call(scene.store, method, Ids(), owner, by_keyword=by_keyword)
            left: list[Any] = [await scene.thread_ids(owner=owner)]
            left.append(await scene.item_ids(owner=owner))
            answers.append((answer, left))
        assert answers[0] == answers[1]

    @contract_test
    async def test_surface_all_by_keyword(self, scene: Scene[TContext]) -> None:
        """Accept every argument by the SDK's name for it."""
        await furnish(scene, scene.alice, "Alice's")
        store, context = scene.store, scene.alice
        items = await store.load_thread_items(
            context=context, order="asc", limit=1, after="itm_1", thread_id="thr_1"
        )
        assert [item.id for item in items.data] == ["itm_2"]
        threads = await store.load_threads(context=context, order="asc", after="thr_1", limit=1)
        assert threads == Page(data=[], has_more=False, after=None)

    @contract_test
    async def test_surface_thread_ids(self, scene: Scene[TContext]) -> None:
        """Generate thread ids that cannot be guessed and do not collide."""
        ids = [scene.store.generate_thread_id(scene.alice) for _ in range(GENERATED)]
        assert_random(ids, default_generate_id("thread").split("_")[0])

    @contract_cases("kind", ITEM_KINDS)
    async def test_surface_item_ids(self, scene: Scene[TContext], kind: StoreItemType) -> None:
        """Generate item ids of every kind likewise, under the SDK's prefixes."""
        thread = await scene.thread()
        generate = scene.store.generate_item_id
        ids = [generate(kind, thread, scene.alice) for _ in range(GENERATED)]
        assert_random(ids, default_generate_id(kind).split("_")[0])
