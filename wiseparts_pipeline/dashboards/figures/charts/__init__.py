"""Charts, written as HTML."""
