"""`promote`: an image goes from one project to another once nothing speaks against it."""
