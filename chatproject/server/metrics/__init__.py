"""`/metrics`: who may read it, the files by which workers share their numbers, and the database's."""
