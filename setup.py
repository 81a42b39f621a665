"""Puts into the package what an installation needs of the top level of the repository: `wiseparts_pipeline/project`."""

import shutil
from pathlib import Path
from typing import ClassVar

from setuptools import Command, setup
from setuptools.command.build import build

FOLDERS = ("macros", "models", "seeds", "snapshots", "tests")


class build_project(Command):
    """A step of `build`, as setuptools' SubCommand describes it: a wheel gets copies, an editable install none."""

    description = "copy the dbt project, Dagster's settings and the marts' questions into the package"
    user_options: ClassVar[list[tuple[str, str, str]]] = []

    def initialize_options(self) -> None:
        self.build_lib = None
        self.editable_mode = False

    def finalize_options(self) -> None:
        self.set_undefined_options("build_py", ("build_lib", "build_lib"))

    def run(self) -> None:
        for copy, source in self.get_output_mapping().items():
            Path(copy).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, copy)

    def get_source_files(self) -> list[str]:
        dbt = Path("dbt_project")
        files = [Path("dagster.yaml"), Path("workspace.yaml"), Path("docs/marts.md")]
        files += [dbt / "dbt_project.yml", dbt / "profiles.yml"]
        files += sorted(path for folder in FOLDERS for path in (dbt / folder).rglob("*") if path.is_file())
        return [str(path) for path in files]

    def get_outputs(self) -> list[str]:
        return list(self.get_output_mapping())

    def get_output_mapping(self) -> dict[str, str]:
        if self.editable_mode:
            return {}
        target = Path(self.build_lib) / "wiseparts_pipeline" / "project"
        return {str(target / path): path for path in self.get_source_files()}


build.sub_commands = [*build.sub_commands, ("build_project", None)]
setup(cmdclass={"build_project": build_project})
