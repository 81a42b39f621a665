"""Records that are created over the service: what may be sent, and how it is imported once."""
