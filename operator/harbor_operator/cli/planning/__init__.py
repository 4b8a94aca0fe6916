"""The command `plan`: what manifests would change in Harbor."""
