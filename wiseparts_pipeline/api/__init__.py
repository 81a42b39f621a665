"""The HTTP service: what can be asked of connected systems, for other programs."""
