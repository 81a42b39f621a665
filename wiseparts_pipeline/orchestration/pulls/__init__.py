"""Dagster's view of pulls: connections as assets, what a run pulls before it imports, jobs and schedules."""
