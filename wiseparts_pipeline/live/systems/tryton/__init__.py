"""Tryton as a system that answers look-ups."""

from wiseparts_pipeline.live.systems.tryton.system import TrytonAnswers

__all__ = ["TrytonAnswers"]
