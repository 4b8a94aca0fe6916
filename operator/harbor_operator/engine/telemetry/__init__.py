"""What the operator tells of itself: metrics, log lines and traces."""
