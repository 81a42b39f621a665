"""What other files mean for the rows of one: which records a full snapshot speaks for, and which documents go on."""
