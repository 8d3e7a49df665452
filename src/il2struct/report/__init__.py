"""Tables, provenance and a readable summary, written to a folder."""
