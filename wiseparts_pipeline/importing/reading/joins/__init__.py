"""Header and lines in separate files: the columns of other files joined to an importer's own."""
