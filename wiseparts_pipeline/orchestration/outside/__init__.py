"""What changes tables without a run of Dagster: shown there all the same."""
