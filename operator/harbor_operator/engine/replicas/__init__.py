"""Which replica works on what: the leader, or the holders of shards."""
