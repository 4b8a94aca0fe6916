"""`blast-radius`: what depends on a credential."""
