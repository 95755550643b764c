"""`/metrics`: who may read it, how workers share their numbers, and the database's."""
