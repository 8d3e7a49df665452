"""From analysed entries to the tables that people read."""
