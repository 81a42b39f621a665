"""Errors whose message says what to do; the command line and the UI show the message and nothing else."""


class WisepartsError(Exception):
    """An error with a message for the person who has to fix it. Exit status 1."""

    exit_status = 1


class ConfigurationError(WisepartsError):
    """A setting is wrong: the message names the file, the attribute and what is allowed. Exit status 2."""

    exit_status = 2


class WarehouseError(WisepartsError):
    """The database cannot be reached or used."""
