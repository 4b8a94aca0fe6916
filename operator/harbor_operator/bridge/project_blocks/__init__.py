"""How each block of a project's settings is read from Harbor and written to it."""
