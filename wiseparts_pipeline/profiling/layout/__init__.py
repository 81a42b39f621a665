"""How a file is laid out: archive, encoding, dialect, header, and the structure of XML and fixed widths."""
