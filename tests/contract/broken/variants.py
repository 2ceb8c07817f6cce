"""Which tests must catch which fault, and which points it must leave alone."""

from collections.abc import Set
from dataclasses import dataclass
from typing import Final

from . import reads, writes
from .sound import Sound

RANDOM: Final = "test_random_operations"


@dataclass(frozen=True, slots=True)
class Variant:
    """Pair a faulty store with the tests that must fail on it.

    Points outside `touches` must hold; 0 stands for the tests beside the 17 points.
    """

    store: type[Sound]
    caught_by: frozenset[str]
    touches: frozenset[int]
    backend: str = "memory"


def caught(store: type[Sound], *tests: str, touches: Set[int] = frozenset()) -> Variant:
    """Return a variant; the points of the tests that catch it are touched anyway."""
    points = {int(name[6:8]) if name.startswith("test_p") else 0 for name in tests}
    return Variant(store, frozenset(tests), frozenset(points | touches))


VARIANTS: Final = (
    caught(Sound),
    caught(reads.UnscopedRead, "test_p01_stranger_gets_nothing", touches={0, 5, 16, 17}),
    caught(reads.CoercedOwner, "test_p01_owner_required"),
    caught(reads.PhantomThread, "test_p07_not_found", touches={0, 1, 16, 17}),
    caught(reads.KeyErrors, "test_p07_not_found", touches={1, 4, 9, 17}),
    caught(
        reads.StaleCursorRestarts,
        "test_p02_item_cursor_refused",
        "test_p02_thread_cursor_refused",
        touches={1},
    ),
    caught(reads.NoCursor, "test_p02_thread_pages_of_every_size", touches={1, 11, 14, 15, 16}),
    caught(reads.TimeOnlyCursor, "test_p11_ties", touches={0, 2, 4, 6, 14, 15}),
    caught(reads.LimitIgnored, "test_p14_item_pages_capped", touches={0, 2, 4, 6, 10, 11, 15}),
    caught(reads.OrderUnchecked, "test_p14_order_refused"),
    caught(reads.OneBadRowSpoilsAll, "test_p06_future_type_left_out_of_pages"),
    caught(reads.UnreadableIsMissing, "test_p06_future_type_alone"),
    caught(reads.ShortIds, "test_surface_thread_ids"),
    Variant(
        reads.BlockingRead,
        frozenset({"test_p13_loop_turns", "test_p13_no_waiting_calls"}),
        frozenset({13}),
        backend="sqlite",
    ),
    caught(writes.InsertOnlyAdd, "test_p04_stored_again", touches={0, 1, 6, 9, 11, 13, 14}),
    caught(writes.UpdateOnlySave, "test_p09_save_item_inserts", touches={4, 5, 16}),
    caught(
        writes.UpsertMovesItems, "test_p05_same_item_id_in_two_threads", touches={1, 11, 15, 17}
    ),
    caught(writes.ThreadIdTaken, "test_p17_same_id_is_own_thread", touches={0, 1, 2, 3, 5, 15}),
    caught(
        writes.DroppedMetadata, "test_p03_thread_survives", "test_p08_round_trip", touches={5, 16}
    ),
    caught(writes.SharedObjects, "test_p03_nothing_shared"),
    caught(writes.ItemsOfThreadStored, "test_p12_thread_with_items"),
    caught(writes.MillisecondsInUtc, "test_p10_created_at_exact", touches={3, 4, 5, 6, 11, 15, 16}),
    caught(writes.RewrittenCreatedAt, "test_p04_stored_again_at_another_time", touches={5, 9}),
    caught(writes.LoudDelete, "test_p09_delete_is_quiet", touches={1, 6, 13}),
    caught(writes.CaseIgnored, "test_p15_lookalike_ids", touches={16}),
    caught(writes.NulStripped, "test_p16_value_kept"),
    caught(writes.AttachmentInsertOnly, "test_p08_filled_in_later", touches={16}),
    caught(writes.AttachmentsUnscoped, "test_p08_same_id_two_owners", touches={1, 17}),
    caught(writes.AttachmentsLeftBehind, "test_p17_delete_takes_all_along", touches={8}),
)
