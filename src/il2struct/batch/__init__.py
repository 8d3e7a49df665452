"""Many entries: workers, resumable Parquet, other machines."""
