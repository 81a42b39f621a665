"""Imports that are disturbed in every way we know of end as undisturbed ones: nothing lost, nothing twice.

`python -m tests.chaos --faults 2000 --seed 1` (`make chaos`) prints, for each kind of fault, how many were injected and
what was lost, doubled or different when the imports had been repeated; `test_chaos.py` injects some of each kind.
"""
