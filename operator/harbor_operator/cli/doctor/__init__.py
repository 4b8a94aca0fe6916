"""`doctor`: whether everything around the operator is as it needs to be."""
