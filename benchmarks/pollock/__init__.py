"""The public Pollock benchmark of CSV readers (github HPI-Information-Systems/Pollock), run over this project's.

`python -m benchmarks.pollock PATH`: PATH is a copy of its repository. Every file is read twice: with the benchmark's
parameters, and as `wiseparts inspect` proposes, which is told nothing. A malformed row is left out, as it would be
rejected. The measures are those of the benchmark's `pollock/metrics.py`, written anew. Dates, times and prices are
compared as they are written, where the original compares what they stand for: that can only lower a score.
"""
