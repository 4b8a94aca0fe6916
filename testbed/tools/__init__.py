"""Building the pinned Go programs of the world, and running programs that cannot outlive it."""
