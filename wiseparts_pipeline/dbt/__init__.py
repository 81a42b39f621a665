"""Running dbt on the warehouse, and what its manifest says of the marts."""
