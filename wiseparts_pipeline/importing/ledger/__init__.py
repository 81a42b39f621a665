"""The ledger of files: its table, what a row says, which status follows from which counts, and its history."""
