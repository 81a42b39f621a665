"""One module per command, of the command's name."""
