"""A cluster in containers with a real Harbor, for machines that have a container engine."""
