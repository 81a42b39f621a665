"""The components of a `defs.yaml` that say which systems are connected, and what is taken from them."""

from dataclasses import dataclass

import dagster as dg

from wiseparts_pipeline.components.attributes import Attributes
from wiseparts_pipeline.components.configured import Configured, configuration_of, importers_of
from wiseparts_pipeline.config.connections.connection import ConnectionSettings
from wiseparts_pipeline.config.connections.live import LiveSettings
from wiseparts_pipeline.config.connections.pull import PullSettings
from wiseparts_pipeline.orchestration.arrivals import arrival_sensor
from wiseparts_pipeline.orchestration.exports.deliveries import delivery_sensors
from wiseparts_pipeline.orchestration.imports import import_asset, import_job
from wiseparts_pipeline.orchestration.pulls.downloads import download_asset, download_job, download_schedule
from wiseparts_pipeline.orchestration.pulls.schedule import connection_assets, pull_job, pull_schedule


class ConnectionAttributes(Attributes):
    settings = ConnectionSettings


class LiveAttributes(Attributes):
    settings = LiveSettings


class PullAttributes(Attributes):
    settings = PullSettings


@dataclass(frozen=True)
class Connection(Configured[ConnectionSettings]):
    """Another system whose records can be read, and in some of which records can be created."""

    attributes = ConnectionAttributes

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """The system and its pulls as assets, a job and a schedule for each pull, and what imports left-over files.

        And what downloads files that its products link to, and what delivers the records that are created in it.
        """
        configuration, importers = configuration_of(context), importers_of(context)
        pulls = [each for each in configuration.pulls.values() if each.connection == self.settings.name]
        pull_jobs = {pull.name: pull_job(pull) for pull in pulls}
        pulled = [each for each in importers.values() if each.source.name == self.settings.name]
        import_jobs = [import_job(importer) for importer in pulled]
        source = configuration.sources[self.settings.name]
        downloads = [(pull, pull.download, download_job(pull)) for pull in pulls if pull.download is not None]
        return dg.Definitions(
            assets=[
                *connection_assets(self.settings, pulls),
                *(download_asset(pull, settings, configuration) for pull, settings, _ in downloads),
            ],
            jobs=[*pull_jobs.values(), *import_jobs, *(job for _, _, job in downloads)],
            schedules=[
                *(pull_schedule(pull, self.settings, pull_jobs[pull.name]) for pull in pulls if pull.crons),
                *(
                    download_schedule(pull, settings.schedule, job)
                    for pull, settings, job in downloads
                    if settings.schedule
                ),
            ],
            sensors=[
                # What was pulled and not imported, because the process ended in between.
                *([arrival_sensor(source, pulled, import_jobs)] if pulled else []),
                *delivery_sensors(self.settings.name, configuration),
            ],
        )


@dataclass(frozen=True)
class Pull(Configured[PullSettings]):
    """A pull: the records of one entity are taken from one connection."""

    attributes = PullAttributes

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """The asset of the entity's table; the first of the importers that feed it defines it."""
        pull = self.settings
        importers = [each for each in importers_of(context).values() if each.settings.entity == pull.entity]
        if importers[0].name != pull.name:
            return dg.Definitions()
        asset = import_asset(importers[0].settings.entity_definition, importers, configuration_of(context))
        return dg.Definitions(assets=[asset])


@dataclass(frozen=True)
class Live(Configured[LiveSettings]):
    """Look-ups: what a connection is asked at once, while somebody waits."""

    attributes = LiveAttributes

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """None: look-ups load nothing."""
        return dg.Definitions()
