"""Odoo as a system that answers look-ups."""

from wiseparts_pipeline.live.systems.odoo.system import OdooAnswers

__all__ = ["OdooAnswers"]
