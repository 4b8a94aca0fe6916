"""Projects: claimed by a mark, kept as their spec says, deleted as it says."""
