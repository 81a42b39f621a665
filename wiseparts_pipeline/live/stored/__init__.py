"""Answers from what was imported, for when a system does not answer: they say how old they are."""

from wiseparts_pipeline.live.stored.stored import Stored

__all__ = ["Stored"]
