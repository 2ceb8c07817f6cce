"""Tables of the research assistant's chat, applied once by the migration job.

Every table is under FORCE ROW LEVEL SECURITY: a connection only ever sees rows whose firm_user equals the
transaction's app.firm_user, and new rows take it as their default. Queries therefore carry no owner themselves.
"""

TABLES = """
CREATE TABLE IF NOT EXISTS research_thread (
    firm_user text NOT NULL DEFAULT current_setting('app.firm_user'),
    id text NOT NULL,
    seq bigint GENERATED ALWAYS AS IDENTITY,
    made_us bigint NOT NULL,
    body text NOT NULL,
    PRIMARY KEY (firm_user, id)
);
CREATE TABLE IF NOT EXISTS research_item (
    firm_user text NOT NULL DEFAULT current_setting('app.firm_user'),
    thread_id text NOT NULL,
    id text NOT NULL,
    seq bigint GENERATED ALWAYS AS IDENTITY,
    made_us bigint NOT NULL,
    body text NOT NULL,
    PRIMARY KEY (firm_user, thread_id, id),
    FOREIGN KEY (firm_user, thread_id) REFERENCES research_thread (firm_user, id) ON DELETE CASCADE
);
CREATE TABLE IF NOT EXISTS research_file (
    firm_user text NOT NULL DEFAULT current_setting('app.firm_user'),
    id text NOT NULL,
    thread_id text,
    body text NOT NULL,
    PRIMARY KEY (firm_user, id),
    FOREIGN KEY (firm_user, thread_id) REFERENCES research_thread (firm_user, id) ON DELETE CASCADE
);
"""

POLICIES = "\n".join(
    f"""
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON {table}
    USING (firm_user = current_setting('app.firm_user'))
    WITH CHECK (firm_user = current_setting('app.firm_user'));
"""
    for table in ("research_thread", "research_item", "research_file")
)
