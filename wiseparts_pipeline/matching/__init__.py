"""What of a marketplace's catalogue is what of ours: pairs that rules find, and people confirm or reject."""
