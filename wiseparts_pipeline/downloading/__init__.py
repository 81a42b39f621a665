"""Downloads pictures and datasheets that products link to."""
