"""How long what has served its purpose is kept: the component `Retention` of a defs.yaml."""

from pydantic import Field

from wiseparts_pipeline.config.attributes import Settings
from wiseparts_pipeline.config.operations.ages import Age


class RetentionSettings(Settings):
    """The age at which things of each kind are deleted; no row, count or report needs them any more.

    Files on a server are the sender's, and what is wrong can be imported again from them: they are kept unless an age
    is set.
    """

    rejected_rows: Age = Field(
        default="365d",
        description="Cells and values of rejected rows. Which row was rejected, and why, is kept.",
    )
    deferred_rows: Age = Field(
        default="90d", description="Deferred rows since they were loaded or superseded. Those that still wait are kept."
    )
    mails: Age = Field(default="90d", description="The list of e-mails that were sent or abandoned.")
    file_details: Age = Field(
        default="365d",
        description="Of the import log, the columns that a file lacked or that nothing took; and the numbers of changes"
        " that all marts have seen.",
    )
    lookups: Age = Field(
        default="30d", description="Of live look-ups, when what kind was asked with which key, and how that ended."
    )
    runs: Age = Field(default="90d", description="Dagster's runs, with their events.")
    logs: Age = Field(default="30d", description="Log files in the state folder.")
    processed_files: Age = Field(
        default="never",
        description="Imported files in `processed/`, but for those that values are looked up in, those with rows that"
        " still wait, and those that are read with a file whose rejected rows may come back.",
    )
    refused_files: Age = Field(default="never", description="Refused files in `refused/`.")
    error_files: Age = Field(
        default="never", description="Error files in `errors/`, but for those with rows that still wait."
    )
