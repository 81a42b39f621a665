"""A parts distributor that does not exist: its exports for the demo, and sales lines by the million for benchmarks."""

from wiseparts_pipeline.sample.expectation import EntitySummary
from wiseparts_pipeline.sample.volume import sales_lines
from wiseparts_pipeline.sample.writer import SampleSummary, write_sample

__all__ = ["EntitySummary", "SampleSummary", "sales_lines", "write_sample"]
