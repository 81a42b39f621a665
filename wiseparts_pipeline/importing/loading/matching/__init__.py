"""Which stored record each row means, and rows of one file that mean the same."""
