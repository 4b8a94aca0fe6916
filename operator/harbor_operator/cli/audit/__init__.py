"""`audit`: when robots were used last, by Harbor's audit log."""
