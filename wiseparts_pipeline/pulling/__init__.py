"""Takes records from other systems and writes them as files, which the import engine takes like any other."""
