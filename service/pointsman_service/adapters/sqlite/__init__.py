"""Storage in one SQLite file: the log, what is in force, snapshots, checkpoints, money, jobs and statistics."""
