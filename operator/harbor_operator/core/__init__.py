"""Everything that decides: pure functions over frozen data, tested by tables."""
