"""Which files an importer takes: its folders, and the names of its files in them."""
