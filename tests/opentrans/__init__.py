"""openTRANS documents: written, checked, read."""
