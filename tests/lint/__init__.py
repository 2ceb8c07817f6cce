"""Tests of the rules: each on its own examples, on cases, and on a corpus of whole programs."""
