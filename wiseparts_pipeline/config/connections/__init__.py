"""The settings of connections to other systems, and of what is pulled from them."""
