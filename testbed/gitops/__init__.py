"""What GitOps tools are given, as far as it is made from other files of the repository."""
