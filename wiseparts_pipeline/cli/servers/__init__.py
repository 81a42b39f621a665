"""The servers that commands run for as long as they run themselves, each in a process of its own."""
