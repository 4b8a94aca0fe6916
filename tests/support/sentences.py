"""What people are told."""


def is_sentence(message: str) -> bool:
    """Whether it is said to the end, and without shouting."""
    return message.endswith(".") and not message.isupper()
