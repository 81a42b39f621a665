"""Deferred rows: superseded when newer ones arrive, loaded when the records arrive that they refer to.

A file's rows are counted as waiting only until then; its row in the ledger is changed accordingly.
"""
