"""Everything that may be found wrong; each is a promise that was not kept."""

from enum import StrEnum


class Fault(StrEnum):
    """A broken promise."""

    NO_RULE = "a namespace wrote to a project that no rule gives it"
    FOREIGN_MARK = "the mark of somebody else was overwritten or taken away"
    FOREIGN_PROJECT = "a project was deleted by an object that does not own it"
    WANTED = "a project was deleted by an object that is wanted"
    RETAINED = "a project was deleted that is to be retained"
    NOT_EMPTY = "a project was deleted with its contents, which was to go if empty"
    UNCONFIRMED = "a project was deleted with its contents, unconfirmed"
    ADOPTED = "an adopted project was deleted with its contents, which its rule does not allow"
    LATE_CLAIM = "an object that is being deleted claimed a project that may be another's by now"
    UNRULED_CLAIM = "an object that is being deleted claimed a project that no rule gives it"
    NO_RIGHT = "an existing project was claimed without the right to adopt it"
    ON_ITS_WORD = "an existing project was claimed on the word of a status that is not true"
    TOO_EARLY = "a project was adopted while its maker may be about to mark it"
    UNREST = "objects and project come to no rest"
    FALSELY_READY = "at rest an object is Ready that does not own the project"
    FALSELY_UNREADY = "at rest the owner of the project is not Ready"
    WAITING = "at rest an object waits for what never comes"
    LINGERING = "at rest an object that is being deleted stays without a reason"
    UNOWNED = "at rest nobody owns a project that an object may own"
