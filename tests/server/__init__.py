"""Tests of the generated server, whole: the store is SQLite, the provider a stand-in."""
