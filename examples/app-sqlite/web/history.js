/** Load a thread from its newest items backwards, as far as the reader wants to go. */

const PAGE = 30;

/**
 * Load the next older page of a conversation; `changed` is called when there is something to show.
 *
 * The server leaves hidden items out of a page after it counted them, so that a page may be short
 * or empty and still not be the last: only `has_more` tells, and an empty page is read past.
 */
export async function loadEarlier(conversation, client, changed) {
  const { earlier } = conversation;
  if (earlier.loading || !earlier.hasMore) return;
  earlier.loading = true;
  changed();
  try {
    let items = [];
    while (earlier.hasMore && items.length === 0) {
      const page = await client.call("items.list", {
        thread_id: conversation.thread.id,
        order: "desc",
        limit: PAGE,
        ...(earlier.after && { after: earlier.after }),
      });
      items = page.data;
      earlier.after = page.after ?? null;
      earlier.hasMore = page.has_more && earlier.after !== null;
    }
    conversation.timeline.prepend(items);
  } catch (error) {
    conversation.fail(error, () => conversation.loadEarlier());
  } finally {
    earlier.loading = false;
    changed();
  }
}
