"""The importer that is proposed for a file: its name pattern, its columns, and their YAML."""
