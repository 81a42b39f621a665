"""Dagster's objects: assets, jobs, schedules and sensors; `runtime/` has what Dagster runs on."""
