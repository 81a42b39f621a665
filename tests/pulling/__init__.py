"""Pulls, from a shop whose records the tests change."""
