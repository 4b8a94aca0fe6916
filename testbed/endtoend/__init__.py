"""What a demo and an end-to-end run do to a cluster and a Harbor, whoever runs those."""
