"""The addresses: what can be asked, and how the service itself is."""
