"""Running dbt on the warehouse, and what is known of the marts without running it."""
