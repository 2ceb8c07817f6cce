"""Searching the lessons: what `python -m app.ingest` writes, and the agent's tool that reads it."""
