"""`uninstall-check`: what is to be done before the operator goes."""
