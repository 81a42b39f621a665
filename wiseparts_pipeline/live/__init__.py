"""Look-ups: what a connected system says at this moment, while somebody waits. Nothing of it is loaded."""
