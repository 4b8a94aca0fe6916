"""Pull secrets: one robot's credential in every namespace that may and should have it."""
