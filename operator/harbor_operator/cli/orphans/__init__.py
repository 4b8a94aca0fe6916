"""`orphans`: what is marked as the operator's and belongs to nobody any more."""
