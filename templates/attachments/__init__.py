"""Files that users attach to their messages: two-phase upload, kept on this machine's disk."""
