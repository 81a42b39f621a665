"""Looks into an unknown file and proposes an importer for it; `inspection` is the entry point.

In the order of steps: `layout/` finds how the file is written, `sampling` reads its first rows, `columns/` finds what
the cells are, `mapping` matches columns and entity by names (`terms`) and cells, and `proposal/` writes the importer.
Every `Finding` says how sure it is, and why.
"""
