"""What an exporter may be set to: which records it exports, and what the files are like."""
