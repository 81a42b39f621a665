"""What a person sees in Dagster's UI, asked for as the UI asks for it."""

import json
import urllib.request
from dataclasses import dataclass
from typing import Any

LOCATION = "wiseparts_pipeline"
REPOSITORY = {"repositoryLocationName": LOCATION, "repositoryName": "__repository__"}

_ASSET = """
query ($key: AssetKeyInput!) { assetNodeOrError(assetKey: $key) { ... on AssetNode {
  groupName kinds description dependencyKeys { path }
  owners { ... on TeamAssetOwner { team } }
  freshnessStatusInfo { freshnessStatus }
  metadataEntries { ...entry }
  assetMaterializations(limit: 20) { runId metadataEntries { ...entry } }
  assetObservations(limit: 20) { runId metadataEntries { ...entry } }
  assetChecksOrError { ... on AssetChecks { checks {
    name blocking executionForLatestMaterialization { runId status evaluation { severity success description } }
  } } }
} } }
fragment entry on MetadataEntry {
  label
  ... on IntMetadataEntry { intValue }
  ... on TextMetadataEntry { text }
  ... on MarkdownMetadataEntry { mdStr }
  ... on TableMetadataEntry { table { records } }
  ... on TableSchemaMetadataEntry { schema { columns { name type } } }
}
"""

_RUN = """
query ($id: ID!) { runOrError(runId: $id) { ... on Run {
  status jobName eventConnection(limit: 1000) { events {
    __typename
    ... on MessageEvent { message }
    ... on ExecutionStepFailureEvent { error { message stack } }
  } }
} } }
"""

_SENSOR = """
query ($selector: SensorSelector!) { sensorOrError(sensorSelector: $selector) { ... on Sensor {
  sensorState { id status ticks(limit: 20) { status skipReason error { message stack } } }
} } }
"""

_START = """
mutation ($selector: SensorSelector!) { startSensor(sensorSelector: $selector) { ... on Sensor { name } } }
"""

_STOP = """
mutation ($id: String!) { stopSensor(id: $id) { ... on StopSensorMutationResult { instigationState { status } } } }
"""

_LAUNCH = """
mutation ($parameters: ExecutionParams!) { launchRun(executionParams: $parameters) {
  __typename
  ... on LaunchRunSuccess { run { runId } }
  ... on RunConfigValidationInvalid { errors { message } }
  ... on PythonError { message }
} }
"""

_RELOAD = """
mutation ($location: String!) { reloadRepositoryLocation(repositoryLocationName: $location) {
  ... on WorkspaceLocationEntry { locationOrLoadError {
    __typename
    ... on PythonError { message stack cause { message } }
  } }
} }
"""

_INSTIGATORS = """
query ($repository: RepositorySelector!) { repositoryOrError(repositorySelector: $repository) { ... on Repository {
  sensors { name sensorState { status } }
  schedules { name cronSchedule scheduleState { status } }
} } }
"""


def _selector(sensor: str) -> dict[str, str]:
    return {**REPOSITORY, "sensorName": sensor}


def metadata(event: dict[str, Any]) -> dict[str, Any]:
    """The metadata of an event by label."""
    entries = {}
    for entry in event["metadataEntries"]:
        label = entry.pop("label")
        entries[label] = next(iter(entry.values()), None)
    return entries


@dataclass(frozen=True)
class Dagster:
    url: str

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = urllib.request.Request(f"{self.url}/graphql", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            response = json.load(answer)
        assert "errors" not in response, response["errors"]
        data: dict[str, Any] = response["data"]
        return data

    def asset(self, *key: str) -> dict[str, Any]:
        node: dict[str, Any] = self.ask(_ASSET, key={"path": key})["assetNodeOrError"]
        return node

    def materializations(self, *key: str) -> list[dict[str, Any]]:
        """The metadata of an asset's materializations, the newest first."""
        return [metadata(event) for event in self.asset(*key)["assetMaterializations"]]

    def checks(self, *key: str) -> dict[str, dict[str, Any]]:
        """The last evaluation of an asset's checks by name."""
        checks = self.asset(*key)["assetChecksOrError"]["checks"]
        return {check["name"]: check["executionForLatestMaterialization"] or {} for check in checks}

    def launch(self, job: str, config: dict[str, Any]) -> str:
        """The run's id."""
        parameters = {"selector": {**REPOSITORY, "jobName": job}, "runConfigData": json.dumps(config)}
        launched = self.ask(_LAUNCH, parameters=parameters)["launchRun"]
        assert launched["__typename"] == "LaunchRunSuccess", launched
        run_id: str = launched["run"]["runId"]
        return run_id

    def run(self, run_id: str) -> dict[str, Any]:
        run: dict[str, Any] = self.ask(_RUN, id=run_id)["runOrError"]
        return run

    def sensor(self, name: str) -> dict[str, Any]:
        """The state of a sensor and its last ticks."""
        sensor: dict[str, Any] = self.ask(_SENSOR, selector=_selector(name))["sensorOrError"]
        state: dict[str, Any] = sensor["sensorState"]
        return state

    def ticks(self, sensor: str) -> list[dict[str, Any]]:
        ticks: list[dict[str, Any]] = self.sensor(sensor)["ticks"]
        return ticks

    def start(self, sensor: str) -> None:
        assert self.ask(_START, selector=_selector(sensor))["startSensor"] == {"name": sensor}

    def stop(self, sensor: str) -> None:
        stopped = self.ask(_STOP, id=self.sensor(sensor)["id"])["stopSensor"]
        assert stopped == {"instigationState": {"status": "STOPPED"}}

    def reload(self) -> dict[str, Any]:
        """The code location, or why it does not load."""
        entry: dict[str, Any] = self.ask(_RELOAD, location=LOCATION)["reloadRepositoryLocation"]["locationOrLoadError"]
        return entry

    def instigators(self) -> dict[str, str]:
        """Whether sensors and schedules are running, by name."""
        repository = self.ask(_INSTIGATORS, repository=REPOSITORY)["repositoryOrError"]
        sensors = {sensor["name"]: sensor["sensorState"]["status"] for sensor in repository["sensors"]}
        return sensors | {each["name"]: each["scheduleState"]["status"] for each in repository["schedules"]}
