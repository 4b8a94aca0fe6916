"""The contract between users and the operator: the custom resources, and nothing that acts."""
