"""Errors that tell a person what to do; the command line and the UI show their text and nothing else."""


class WisepartsError(Exception):
    """A fault with a message for the person who has to mend it. Exit status 1."""

    exit_status = 1


class ConfigurationError(WisepartsError):
    """A setting that is wrong: the message names the file, the attribute and what is allowed. Exit status 2."""

    exit_status = 2


class WarehouseError(WisepartsError):
    """The database cannot be reached or used."""
