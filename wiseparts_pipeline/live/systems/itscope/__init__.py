"""Answers of ITscope: what suppliers sell a product for at this moment."""

from wiseparts_pipeline.live.systems.itscope.system import ItScopeAnswers

__all__ = ["ItScopeAnswers"]
