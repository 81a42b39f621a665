"""Tells people by e-mail when the installation needs someone: what `wiseparts doctor` finds, once."""
