"""Looks into a file that nobody has described and proposes the importer that would take it."""
