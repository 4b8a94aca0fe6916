"""Check the licences of all installed packages: 1 and a line for each that is not allowed."""

import sys

from testbed.licences import complaints, installed


def main() -> int:
    """Tell what is not allowed."""
    found = complaints(installed())
    for line in found:
        sys.stderr.write(f"licence not allowed: {line}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
