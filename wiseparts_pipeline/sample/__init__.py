"""A fictitious parts distributor: its exports for the demo, and sales lines by the million for benchmarks.

`model/` simulates the distributor's business, one module per kind of data. `writer` writes it as the ERP would
(`exports`), with a known amount of dirt in it (`dirt`), and says what importing it must count (`expectation`).
`volume` writes large files of sales lines.
"""

from wiseparts_pipeline.sample.expectation import EntitySummary
from wiseparts_pipeline.sample.volume import sales_lines
from wiseparts_pipeline.sample.writer import SampleSummary, write_sample

__all__ = ["EntitySummary", "SampleSummary", "sales_lines", "write_sample"]
