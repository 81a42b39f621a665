"""What keeps the files of a source from being imported."""
