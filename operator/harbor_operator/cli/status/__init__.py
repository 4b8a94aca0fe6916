"""`status`: what is not ready, and which credentials come next."""
