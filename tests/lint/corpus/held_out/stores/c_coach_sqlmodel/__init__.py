"""Conversation storage of the running coach."""

from .store import AthleteContext, CoachStore

__all__ = ["AthleteContext", "CoachStore"]
