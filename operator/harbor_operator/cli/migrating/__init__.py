"""`migrate`: from pull secrets of others to those of the operator, without a gap."""
