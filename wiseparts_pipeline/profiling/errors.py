"""Why a file cannot be inspected."""

from wiseparts_pipeline.errors import WisepartsError


class InspectionError(WisepartsError):
    """A file does not exist, cannot be read or is not a table. Exit status 2."""

    exit_status = 2
