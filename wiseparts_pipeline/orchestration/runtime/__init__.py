"""What Dagster runs on: its storage, its processes, its run launcher."""
