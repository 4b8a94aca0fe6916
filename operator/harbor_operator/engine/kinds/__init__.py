"""Per kind: observe and act, without decisions."""
