"""What of the Helm chart is made from other files of the repository."""
