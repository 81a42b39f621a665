"""Dashboards: what the marts say, for people who would rather look than read. Optional: see the group in pyproject.

`app` is the server, `pages` has a module a page, `queries` a file a figure, `figures` the kinds of figures.
"""
