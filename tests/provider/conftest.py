"""The stand-in as a fixture, for its own tests."""

from .fixtures import stand_in as stand_in  # noqa: PLC0414  pytest finds it here
