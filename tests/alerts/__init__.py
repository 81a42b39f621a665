"""Alerts: what is wrong, and that people are told of it, once."""
