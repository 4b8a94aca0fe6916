"""Robot accounts: credentials that are proven before they serve and overlap when they change."""
