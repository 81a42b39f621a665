"""What keeps a file from being inspected."""

from wiseparts_pipeline.errors import WisepartsError


class InspectionError(WisepartsError):
    """A file that is not there, cannot be read or is no table. Exit status 2."""

    exit_status = 2
