"""The page of a generated project, driven in a real Chromium against the real application."""
