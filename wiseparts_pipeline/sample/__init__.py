"""A parts distributor that does not exist: its exports for the demo, and sales lines by the million for benchmarks."""

from wiseparts_pipeline.sample.distributor import SampleSummary, write_sample
from wiseparts_pipeline.sample.expectation import EntitySummary
from wiseparts_pipeline.sample.volume import sales_lines

__all__ = ["EntitySummary", "SampleSummary", "sales_lines", "write_sample"]
