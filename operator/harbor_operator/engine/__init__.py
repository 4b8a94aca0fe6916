"""Everything that knows everything: kopf, the clients, the clock and the queue."""
