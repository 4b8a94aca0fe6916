"""The command `export`: an existing Harbor as manifests."""
