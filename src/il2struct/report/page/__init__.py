"""The report as one page: words, tables, figures and a 3D view in a file that needs no network."""
