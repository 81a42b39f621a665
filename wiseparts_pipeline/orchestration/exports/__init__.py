"""Exports in Dagster: an asset and a job for each exporter, and for each source a sensor that delivers to it."""
