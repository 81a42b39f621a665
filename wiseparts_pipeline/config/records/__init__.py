"""How rows become records: several rows of one record, and columns that another importer knows better."""
