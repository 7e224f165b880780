"""Where limits are counted: in the process, in a SQLite file, in PostgreSQL, in Redis; all agree exactly."""
