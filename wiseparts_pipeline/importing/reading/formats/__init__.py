"""One reader per file format, and what they share."""
