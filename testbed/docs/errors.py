"""What is wrong with what a generated page is made of."""


class UntoldError(ValueError):
    """What the code knows is told nowhere, or is told wrongly; the message says what, and where."""
