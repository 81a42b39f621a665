"""Hierarchies, such as categories: which record is above each row, by its key or by a path of names."""
