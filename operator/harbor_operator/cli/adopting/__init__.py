"""`adopt`: projects that somebody made by hand come under management, by way of Observe."""
