"""Tests of `chatkit-forge check` as it is typed: real processes, real projects on disk."""
