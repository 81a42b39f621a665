"""Cells as typed values, vectorised and exact."""

from wiseparts_pipeline.importing.validation.conversion.conversion import Converted, as_mask, convert, round_to_scale

__all__ = ["Converted", "as_mask", "convert", "round_to_scale"]
