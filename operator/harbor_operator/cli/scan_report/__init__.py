"""What scanners found in the images of a Harbor: read, put in order, and written in many forms."""
