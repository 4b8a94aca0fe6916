"""What can go wrong while the world is built and started."""


class WorldError(Exception):
    """A part of the world could not be built or started; the message is meant for a person."""


class BuildError(WorldError):
    """The Go toolchain is missing or refused to build a program."""


class ProgramEndedError(WorldError):
    """A started program ended although nobody stopped it."""


class NotReadyError(WorldError):
    """A started program lives but did not become ready in time."""
