"""How the importers are operated: how often files are expected, who is told of them, and how long things are kept."""
