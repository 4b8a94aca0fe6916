"""`why`: the cause of a failed pull, and its cure."""
