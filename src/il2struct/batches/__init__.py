"""Many entries: worker processes, results that survive a crash, Dask, SQL over what was found."""
