"""Which files there are, which of them have settled, and which an import takes together."""
