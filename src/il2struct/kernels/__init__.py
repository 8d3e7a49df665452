"""Functions on plain arrays: no atoms, tables, files or network in here."""
