"""What Dagster shows and starts: assets, jobs, schedules, sensors, and the processes of its stack."""
