"""Old messages in Parquet files of the file storage: moved there, read, brought back, proved."""
