"""ChatKit stores: each keeps threads, items and attachments apart by owner."""
